/*
 * roundtrip FORMAT FILE...: reads files as our parsers do and prints what they would write back, which must be the same bytes.
 * With a file that cannot be read as FORMAT it ends with 1 and the reason, like the plugins.
 */
#include <stdio.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "plugins/apache/tree.h"
#include "plugins/nginx/document.h"

struct format {
	const char *name;
	struct err *(*write_back)(struct buf *out, const char *path, const char *text, size_t len);
};

static struct err *apache_back(struct buf *out, const char *path, const char *text, size_t len)
{
	AUTO(apache_file_free) struct apache_file *f = NULL;

	TRY(apache_parse(&f, path, text, len));
	apache_write(f, out);
	return NULL;
}

static struct err *nginx_back(struct buf *out, const char *path, const char *text, size_t len)
{
	AUTO(document_free) struct document *d = NULL;

	TRY(document_parse(&d, path, text, len));
	document_write(d, out);
	return NULL;
}

static const struct format formats[] = {
	{ "apache", apache_back },
	{ "nginx", nginx_back },
};

static struct err *print_file(const struct format *f, const char *path)
{
	AUTO(buf_release) struct buf b = BUF_INIT(2 * LIMIT_SERVER_CONF_FILE);
	AUTO(free) char *text = NULL;
	size_t len = 0;

	TRY(fs_read(&text, &len, path, LIMIT_SERVER_CONF_FILE));
	TRY(f->write_back(&b, path, text, len));
	TRY(buf_check(&b, path));
	if (fwrite(buf_str(&b), 1, b.len, stdout) != b.len || fflush(stdout) != 0)
		return err_new(ERR_IO, "standard output cannot be written");
	return NULL;
}

static const struct format *format_called(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (streq(formats[i].name, name))
			return &formats[i];
	return NULL;
}

static struct err *run(int argc, char **argv)
{
	const struct format *f = argc > 2 ? format_called(argv[1]) : NULL;

	if (f == NULL)
		return err_new(
			ERR_USAGE,
			"usage: roundtrip FORMAT FILE..., FORMAT being the name of a web server");
	for (int i = 2; i < argc; i++)
		TRY(print_file(f, argv[i]));
	return NULL;
}

int main(int argc, char **argv)
{
	AUTO(err_free) struct err *e = run(argc, argv);
	AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

	if (text != NULL)
		fprintf(stderr, "roundtrip: %s\n", text);
	return text != NULL;
}
