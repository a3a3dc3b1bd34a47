#include "base/clock.h"
#include "base/limits.h"
#include "va/job.h"

static void set_default(unsigned *value, unsigned to)
{
	*value = *value != 0 ? *value : to;
}

static void set_time(int *ms, int to)
{
	*ms = *ms > 0 ? *ms : to;
}

static void set_ceiling(size_t *value, size_t to)
{
	*value = *value != 0 ? *value : to;
}

void va_options_default(struct va_options *o)
{
	o->clock = o->clock != NULL ? o->clock : &system_clock;
	o->perspective = o->perspective != NULL ? o->perspective : "primary";
	o->user_agent = o->user_agent != NULL ? o->user_agent : VA_USER_AGENT;
	set_default(&o->http_port, 80);
	set_default(&o->https_port, 443);
	set_default(&o->tls_port, 443);
	set_time(&o->connect_ms, LIMIT_VA_CONNECT_MS);
	set_time(&o->timeout_ms, LIMIT_VA_MS);
	set_ceiling(&o->max_open, LIMIT_VA_OPEN);
	set_ceiling(&o->max_per_address, LIMIT_VA_PER_ADDRESS);
	set_ceiling(&o->max_per_domain, LIMIT_VA_PER_DOMAIN);
}
