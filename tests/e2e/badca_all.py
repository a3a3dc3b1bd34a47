"""Every case there is, by subject."""
import badca_bodies
import badca_certs
import badca_cuts
import badca_framing
import badca_links
import badca_problems
import badca_states
import badca_tokens

SUBJECTS = {"tokens": badca_tokens, "bodies": badca_bodies, "framing": badca_framing,
            "cuts": badca_cuts, "links": badca_links, "states": badca_states,
            "certs": badca_certs, "problems": badca_problems}
CASES = [c for subject in SUBJECTS.values() for c in subject.CASES]
