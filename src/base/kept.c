#include "base/kept.h"

#include <string.h>

#include "base/ini.h"
#include "base/limits.h"

static const char key[] = "key";

struct err *kept_check_shown(const char *text)
{
	if (str_has_controls(text))
		return err_new(ERR_USAGE, "a value cannot hold control characters or line ends");
	return NULL;
}

/* Takes f: written out and read in again. */
static struct err *read_back(struct strlist *out, struct ini *f)
{
	AUTO(ini_free) struct ini *written = f;
	AUTO(ini_free) struct ini *read = NULL;
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_FILE);
	bool found = false;

	ini_write(written, &text);
	TRY(buf_check(&text, "a value"));
	TRY(ini_parse(&read, text.data, text.len));
	return ini_get_list(out, &found, read, "", key);
}

static struct err *check_reading(struct ini *f, const char *text)
{
	AUTO(strlist_release) struct strlist read = { 0 };
	AUTO(err_free) struct err *e = read_back(&read, f);

	if (e == NULL && read.count == 1 && streq(read.items[0], text))
		return NULL;
	return err_new(
		ERR_USAGE,
		"a value cannot hold quotes in such a way: there is no way to write it into a renewal file");
}

static struct err *check_text(const char *text)
{
	if (strstr(text, "'''") != NULL && strstr(text, "\"\"\"") != NULL)
		return err_new(ERR_USAGE, "a value cannot hold both ''' and \"\"\"");
	if (!str_is_utf8(text))
		return err_new(ERR_USAGE, "a value that is kept in a renewal file must be UTF-8");
	if (!ini_has_names(text))
		return NULL;
	return err_new(
		ERR_USAGE,
		"a value cannot hold %%(name)s: where it is kept, in the renewal file, that stands for another value");
}

struct err *kept_check_command(const char *command)
{
	TRY(check_text(command));
	struct ini *f = ini_new();

	ini_set(f, "", key, command);
	return check_reading(f, command);
}

struct err *kept_check(const char *text)
{
	TRY(kept_check_shown(text));
	return kept_check_command(text);
}

struct err *kept_check_item(const char *item)
{
	AUTO(strlist_release) struct strlist list = { 0 };

	TRY(kept_check(item));
	struct ini *f = ini_new();

	strlist_add(&list, item);
	ini_set_list(f, "", key, &list);
	return check_reading(f, item);
}
