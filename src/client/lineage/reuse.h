/* certonly: is there a certificate already, and what to do with it (certbot.md 6.2)? */
#pragma once

#include "client/client.h"
#include "client/lineage/lineage.h"

enum reuse { REUSE_NEW, REUSE_RENEW, REUSE_KEEP };

struct reuse_decision {
	enum reuse what;
	char *name;              /* of the lineage to make or renew */
	struct lineage *lineage; /* NULL for REUSE_NEW */
	bool repaired;           /* links were fixed: kept without renewing */
};

/* names empty: those of --cert-name's certificate are filled in. Asks where Certbot asks. is_due: lineage_due for this lineage. */
MUST_CHECK struct err *reuse_decide(struct reuse_decision *out, struct client *c,
				    struct options *opt, struct cert_names *names,
				    struct err *(*is_due)(struct client *c, const struct lineage *l,
							  bool *due));
/*
 * Before a lineage is renewed in place, by certonly or renew: a test certificate does not replace a real one without
 * --break-my-certs, and a key that is to be reused must be of the kind the options ask for. ERR_CONFIG names the way out.
 */
MUST_CHECK struct err *reuse_check_in_place(const struct options *opt, const struct lineage *l);
void reuse_decision_release(struct reuse_decision *d);

AUTO_RELEASE(struct reuse_decision, reuse_decision_release)
