/* A validation authority on a test's event base, with a name server and web servers on loopback. */
#pragma once

#include "check.h"

#include "base/world.h"
#include "dns/fake_dns.h"
#include "va/address.h"
#include "va/fake_web.h"
#include "va/va.h"

#define SCENE_TOKEN "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
#define SCENE_THUMBPRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
#define SCENE_BODY SCENE_TOKEN "." SCENE_THUMBPRINT
#define SCENE_PATH "/.well-known/acme-challenge/" SCENE_TOKEN
/* For tests that wait for it; scene_needs_longer(). */
#define SCENE_SHORT_MS 250
#define SCENE_LONG_MS 8000
#define SCENE_OK "HTTP/1.1 200 OK\r\n\r\n" SCENE_BODY

struct scene {
	struct event_base *base;
	struct fake_dns *dns;
	struct dns_resolver *resolver;
	struct address_policy *policy;
	struct va_options options;
	struct va *va;
	struct fake_web *web; /* 127.0.0.1, port options.http_port */

	/* the last verdict */
	size_t verdicts;
	struct err *problem;
	struct va_record *record;
};

struct scene *scene_new(void);
void scene_free(struct scene *s);
AUTO_FREE(struct scene, scene_free)

/* After the options were changed; scene_judge() does it when it was not done. */
void scene_open(struct scene *s);
/* A job whose verdict goes into s. */
struct va_job *scene_start(struct scene *s, const char *challenge, const char *name);
/* Runs the loop until there are that many verdicts. */
void scene_wait(struct scene *s, size_t verdicts);
/* Both. name: a domain, or an address. */
void scene_judge(struct scene *s, const char *challenge, const char *name);

/* The last verdict is valid; or invalid by this type, with this part of the detail. */
void scene_expect_valid(const struct scene *s);
void scene_expect(const struct scene *s, const char *type, const char *part);
/* Judged within *ms, which is not 0, it is neither: a busy machine needs more time for what comes before the wait. Doubles it. */
bool scene_needs_longer(const struct scene *s, int *ms, const char *type, const char *part);
