/* What plugins remember between runs: Certbot's .pluginstorage.json, {"apache": {"autohsts": ...}}, shared with it. */
#pragma once

#include "base/json.h"
#include "client/plugin.h"

struct plugin_storage {
	char *path;
	char *text; /* as read; NULL: there is no file */
	json_t *all;
};

MUST_CHECK struct err *plugin_storage_open(struct plugin_storage *out, const struct options *o);
/* The object plugin.key of it; made where it is missing. Lent. */
json_t *plugin_storage_object(struct plugin_storage *s, const char *plugin, const char *key);
/* Plans the file as it is now in memory: what undoes a change of the server undoes what is remembered of it. */
void plugin_storage_plan(const struct plugin_storage *s, struct change *c);
void plugin_storage_release(struct plugin_storage *s);

AUTO_RELEASE(struct plugin_storage, plugin_storage_release)
