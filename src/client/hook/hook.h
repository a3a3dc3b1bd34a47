/* Hooks: commands of the user around an issuance (certbot.md 11). A failing hook warns and never changes the exit status. */
#pragma once

#include "client/client.h"
#include "client/hook/run.h"

struct hooks;

struct hooks *hooks_new(void);
void hooks_free(struct hooks *h);

/* First word of each hook command is an executable (11.5); ERR_CONFIG names the hook and the way out. */
MUST_CHECK struct err *hooks_validate(const struct options *opt);

/* renewal-hooks/pre and --pre-hook; each command once a process. */
void hooks_run_pre(struct client *c, const struct options *opt);
/* Adds what that would run to expected; false: all of it was there. */
bool hooks_expect_pre(struct strlist *expected, const struct client *c, const struct options *opt);
/* renewal-hooks/deploy and --deploy-hook with RENEWED_LINEAGE and RENEWED_DOMAINS. *all_well: no command failed. */
void hooks_run_deploy(struct client *c, const struct options *opt, const char *live_dir, const struct strlist *names, bool *all_well);
/* certonly: right now. renew: remembered, and run once each by hooks_run_owed_post at the end. */
void hooks_run_post(struct client *c, const struct options *opt, const struct strlist *renewed, const struct strlist *failed);
void hooks_owe_post(struct client *c, const struct options *opt);
void hooks_run_owed_post(struct client *c, const struct strlist *renewed, const struct strlist *failed);

AUTO_FREE(struct hooks, hooks_free)
