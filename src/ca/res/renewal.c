#include "ca/res/renewal.h"

#include "ca/policy/incidents.h"
#include "ca/policy/policy.h"
#include "ca/sign/sign.h"

char *renewal_serial(const struct ca *ca, const struct ari_id *id)
{
	if (sign_issuer_by_key_id(ca->sign, id->key_id.data, id->key_id.len) == NULL ||
	    id->serial.len * 2 > SERIAL_TEXT_MAX)
		return NULL;
	return store_serial(&id->serial);
}

void renewal_window(struct ari_window *out, const struct ca *ca, const struct store_cert *c,
		    time_t now)
{
	const char *explanation = incidents_url(ca->policy->incidents, c->serial);

	if (c->revoked != 0 || explanation != NULL)
		ari_window_past(out, now, explanation);
	else
		ari_window_of(out, c->not_before, c->not_after);
}

bool renewal_is_timely(const struct ca *ca, const struct store_cert *c, time_t when)
{
	AUTO(ari_window_release) struct ari_window w = { 0 };

	renewal_window(&w, ca, c, when);
	return w.start <= when && when <= w.end;
}
