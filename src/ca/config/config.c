#include "ca/config/config.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "ca/config/builtin.h"
#include "ca/config/check.h"
#include "ca/config/reader.h"
#include "ca/config/value.h"

/* Of an absolute path; never empty. */
static char *dir_of(const char *path)
{
	AUTO(free) char *absolute = fs_absolute(path);
	char *slash = strrchr(absolute, '/');

	if (slash == NULL || slash == absolute)
		return xstrdup("/");
	return xstrndup(absolute, (size_t)(slash - absolute));
}

static struct ca_config *config_new(const char *path)
{
	struct ca_config *c = xcalloc(1, sizeof(*c));

	c->path = xstrdup(path);
	c->dir = dir_of(path);
	for (size_t i = 0; i < config_section_count; i++)
		if (!config_sections[i]->repeated)
			config_set_fallbacks(config_struct(c, config_sections[i], 0),
					     config_sections[i], c->dir);
	return c;
}

static struct err *add_builtin_profiles(struct ca_config *c)
{
	AUTO(config_reader_release)
	struct config_reader r = { .config = c, .path = "built-in profiles" };

	return config_read(&r, config_builtin_profiles, strlen(config_builtin_profiles));
}

struct err *ca_config_parse(struct ca_config **out, const char *text, size_t len, const char *path)
{
	AUTO(ca_config_free) struct ca_config *c = config_new(path);
	AUTO(config_reader_release) struct config_reader r = { .config = c, .path = path };

	TRY(config_read(&r, text, len));
	if (c->profile_count == 0)
		TRY(add_builtin_profiles(c));
	TRY(config_check(&r));
	*out = MOVE(c);
	return NULL;
}

static struct err *read_file(char **text, size_t *len, const char *path)
{
	struct err *e = fs_read(text, len, path, LIMIT_FILE);

	return e != NULL ? err_wrap_as(ERR_CONFIG, e, "configuration") : NULL;
}

struct err *ca_config_load(struct ca_config **out, const char *path)
{
	AUTO(free) char *text = NULL;
	size_t len = 0;

	TRY(read_file(&text, &len, path));
	return ca_config_parse(out, text, len, path);
}

struct err *ca_config_problems(struct strlist *out, const char *path)
{
	AUTO(free) char *text = NULL;
	AUTO(ca_config_free) struct ca_config *c = config_new(path);
	AUTO(config_reader_release)
	struct config_reader r = { .config = c, .path = path, .problems = out };
	size_t len = 0;

	TRY(read_file(&text, &len, path));
	return config_read(&r, text, len);
}

static void release_struct(char *at, const struct config_section *section)
{
	for (size_t i = 0; i < section->key_count; i++)
		config_value_release(at + section->keys[i].offset, &section->keys[i]);
	if (section->repeated)
		free(*(char **)at);
}

static void release_section(struct ca_config *c, const struct config_section *section)
{
	for (size_t i = 0; i < config_struct_count(c, section); i++)
		release_struct(config_struct(c, section, i), section);
	if (section->repeated)
		free(config_struct(c, section, 0));
}

const struct issuer_config *issuer_by_name(const struct ca_config *c, const char *name)
{
	for (size_t i = 0; i < c->issuer_count; i++)
		if (streq(c->issuers[i].name, name))
			return &c->issuers[i];
	return NULL;
}

void ca_config_free(struct ca_config *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < config_section_count; i++)
		release_section(c, config_sections[i]);
	free(c->path);
	free(c->dir);
	free(c);
}
