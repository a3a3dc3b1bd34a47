#include <assert.h>

#include "client/ui/ui.h"

const char *const event_level_names[] = {
	[EVENT_DEBUG] = "debug",     [EVENT_INFO] = "info",   [EVENT_NOTICE] = "notice",
	[EVENT_WARNING] = "warning", [EVENT_ERROR] = "error",
};
static_assert(ARRAY_LEN(event_level_names) == EVENT_ERROR + 1, "a name for each level");

const struct event_kind_row event_kinds[] = {
	[EVENT_DEBUG_TEXT] = { "debug", EVENT_DEBUG, false },
	[EVENT_INFO_TEXT] = { "info", EVENT_INFO, false },
	[EVENT_NOTICE_TEXT] = { "notice", EVENT_NOTICE, false },
	[EVENT_WARNING_TEXT] = { "warning", EVENT_WARNING, false },
	[EVENT_ERROR_TEXT] = { "error", EVENT_ERROR, false },
	[EVENT_FAILED] = { "failed", EVENT_ERROR, false },
	[EVENT_HTTP] = { "http", EVENT_DEBUG, false },
	[EVENT_ACCOUNT_REGISTERED] = { "account.registered", EVENT_NOTICE, false },
	[EVENT_ACCOUNT_SHOWN] = { "account.shown", EVENT_NOTICE, false },
	[EVENT_ACCOUNT_UPDATED] = { "account.updated", EVENT_NOTICE, false },
	[EVENT_ACCOUNT_DEACTIVATED] = { "account.deactivated", EVENT_NOTICE, false },
	[EVENT_REQUESTING] = { "certificate.requesting", EVENT_NOTICE, false },
	[EVENT_ORDER_CREATED] = { "order.created", EVENT_INFO, false },
	[EVENT_ORDER_RESUMED] = { "order.resumed", EVENT_NOTICE, false },
	[EVENT_CHALLENGE_PUBLISHED] = { "challenge.published", EVENT_INFO, false },
	[EVENT_CHALLENGE_WITHDRAWN] = { "challenge.withdrawn", EVENT_INFO, false },
	[EVENT_CHALLENGES_FAILED] = { "challenges.failed", EVENT_NOTICE, false },
	[EVENT_WAITING] = { "waiting", EVENT_INFO, false },
	[EVENT_CERTIFICATE_SAVED] = { "certificate.saved", EVENT_NOTICE, false },
	[EVENT_CERTIFICATE_KEPT] = { "certificate.kept", EVENT_NOTICE, true },
	[EVENT_DEPLOYING] = { "certificate.deploying", EVENT_NOTICE, false },
	[EVENT_CERTIFICATE_INSTALLED] = { "certificate.installed", EVENT_NOTICE, false },
	[EVENT_CERTIFICATE_DELETED] = { "certificate.deleted", EVENT_NOTICE, false },
	[EVENT_CERTIFICATE_REVOKED] = { "certificate.revoked", EVENT_NOTICE, false },
	[EVENT_DRY_RUN_DONE] = { "dry_run.done", EVENT_NOTICE, false },
	[EVENT_SERVER_CHANGED] = { "server.changed", EVENT_NOTICE, false },
	[EVENT_SERVER_RESTORED] = { "server.restored", EVENT_NOTICE, false },
	[EVENT_ENDPOINT_SEEN] = { "endpoint.seen", EVENT_NOTICE, false },
	[EVENT_ENDPOINTS_SEEN] = { "endpoints.seen", EVENT_NOTICE, true },
	[EVENT_LINEAGE_PROCESSING] = { "lineage.processing", EVENT_NOTICE, true },
	[EVENT_LINEAGE_SKIPPED] = { "lineage.skipped", EVENT_NOTICE, false },
	[EVENT_LINEAGE_RENEWED] = { "lineage.renewed", EVENT_NOTICE, false },
	[EVENT_LINEAGE_FAILED] = { "lineage.failed", EVENT_ERROR, false },
	[EVENT_LINEAGE_BROKEN] = { "lineage.broken", EVENT_ERROR, false },
	[EVENT_LINEAGE_RECONFIGURED] = { "lineage.reconfigured", EVENT_NOTICE, false },
	[EVENT_RENEW_SUMMARY] = { "renew.summary", EVENT_NOTICE, true },
	[EVENT_RENEWAL_INFO] = { "renewal_info", EVENT_NOTICE, false },
	[EVENT_CA_LIMITED] = { "ca.limited", EVENT_WARNING, .at_once = true },
	[EVENT_HOOK_RUNNING] = { "hook.running", EVENT_INFO, false },
	[EVENT_HOOK_OUTPUT] = { "hook.output", EVENT_NOTICE, false },
	[EVENT_HOOK_ERROR_OUTPUT] = { "hook.error_output", EVENT_WARNING, false },
	[EVENT_HOOK_FAILED] = { "hook.failed", EVENT_WARNING, false },
	[EVENT_CERTIFICATE_LISTED] = { "certificate.listed", EVENT_NOTICE, false },
	[EVENT_CERTIFICATES_LISTED] = { "certificates.listed", EVENT_NOTICE, true },
	[EVENT_PLUGIN_LISTED] = { "plugin.listed", EVENT_NOTICE, false },
	[EVENT_PLUGINS_LISTED] = { "plugins.listed", EVENT_NOTICE, true },
};
static_assert(ARRAY_LEN(event_kinds) == EVENT_KIND_COUNT, "a row for each kind of event");
