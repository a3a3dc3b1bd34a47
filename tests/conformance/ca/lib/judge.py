"""`signet-ca judge`: the validation authority without a CA around it, for requests that no ACME client can cause."""
import json
import subprocess

from .acme import URN, Key, b64, short
from .ca import merged, program
from .fake_web import WELL_KNOWN, response
from .variants import VARIANTS

# Keys of [va] as options.
OPTIONS = {"resolvers": "--resolver", "allow": "--allow", "http_port": "--http-port", "https_port": "--https-port",
           "tls_port": "--tls-port", "timeout": "--timeout", "user_agent": "--user-agent"}
FLAGS = {"verbose": "--verbose", "tls_sni": "--tls-sni", "redirect_to_any_name": "--any-redirect-name"}


def options(sections):
    va, out = sections["va"], []
    for key, option in OPTIONS.items():
        values = va.get(key, [])
        for value in values if isinstance(values, list) else str(values).split(", ") if key != "user_agent" else [values]:
            out += [option, str(value).removesuffix("s") if key == "timeout" else str(value)]
    out += [flag for key, flag in FLAGS.items() if va.get(key)]
    if va.get("redirect_to_ip") is False:
        out.append("--no-redirect-to-ip")
    return out + ["--issuer", sections["directory"]["caa_identities"]]


class Judged:
    """As Verdict, of the message itself."""

    def __init__(self, body):
        self.body, self.error = body, body.get("problem") or {}
        self.detail = self.error.get("detail", "")

    def passed(self):
        assert self.body["status"] == "valid", self.body
        return self

    def failed(self, kind, *texts):
        assert self.body["status"] == "invalid" and short(self.error) == kind, self.body
        for text in texts:
            assert text.lower() in self.detail.lower(), (text, self.body)
        return self


def judge(lab, request, serve=False, ca="plain"):
    """request: a message as in va/request.h; token and thumbprint are filled in. serve: http-01's right answer is there."""
    request = {"token": b64(b"t" * 32), "thumbprint": Key().thumbprint, "wildcard": False, **request}
    if serve:
        lab.web.clear()
        lab.web.route(f"{WELL_KNOWN}{request['token']}$", response(200, f"{request['token']}.{request['thumbprint']}"))
    path = lab.directory / "judge.json"
    path.write_text(json.dumps(request))
    changes = VARIANTS[ca]
    sections = merged(lab.sections(), changes(lab) if callable(changes) else changes)
    result = subprocess.run([program(), "judge", path, "--json", *options(sections)], capture_output=True, text=True,
                            timeout=40)
    if not result.stdout and "reading the request" in result.stderr:
        # What is no request gets no verdict.
        return Judged({"status": "invalid", "problem": {"type": URN + "malformed", "detail": result.stderr}})
    return Judged(json.loads(result.stdout))
