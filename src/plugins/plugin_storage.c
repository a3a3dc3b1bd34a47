#include "plugins/plugin_storage.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"

#define FILE_NAME ".pluginstorage.json"
#define FILE_MODE 0600

struct err *plugin_storage_open(struct plugin_storage *out, const struct options *o)
{
	AUTO(plugin_storage_release) struct plugin_storage s = { 0 };
	size_t len = 0;

	s.path = fs_join(o->config_dir, FILE_NAME);
	TRY(fs_read_if_exists(&s.text, &len, s.path, LIMIT_FILE));
	if (len > 0)
		TRY(json_parse(&s.all, s.text, len, s.path));
	else
		s.all = json_object();
	if (!json_is_object(s.all))
		return err_new(ERR_PARSE, "%s is no object", s.path);
	*out = s;
	s = (struct plugin_storage){ 0 };
	return NULL;
}

static json_t *member(json_t *object, const char *key)
{
	json_t *found = json_object_get(object, key);

	if (json_is_object(found))
		return found;
	found = json_object();
	if (json_object_set_new(object, key, found) != 0)
		abort();
	return found;
}

json_t *plugin_storage_object(struct plugin_storage *s, const char *plugin, const char *key)
{
	return member(member(s->all, plugin), key);
}

void plugin_storage_plan(const struct plugin_storage *s, struct change *c)
{
	AUTO(free) char *text = json_spaced(s->all);
	AUTO(buf_release) struct buf new = BUF_INIT(LIMIT_FILE);
	AUTO(buf_release) struct buf old = BUF_INIT(LIMIT_FILE);

	buf_adds(&new, text);
	if (s->text == NULL) {
		change_create(c, s->path, &new, FILE_MODE);
		return;
	}
	buf_adds(&old, s->text);
	change_edit(c, s->path, &old, &new);
}

void plugin_storage_release(struct plugin_storage *s)
{
	free(s->path);
	free(s->text);
	json_release(s->all);
	*s = (struct plugin_storage){ 0 };
}
