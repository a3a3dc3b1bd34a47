#include "client/order/csr_files.h"

#include <libgen.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/order/report.h"

#define NUMBER_MAX 9999

enum { FILE_CERT, FILE_CHAIN, FILE_FULLCHAIN, FILE_COUNT };

struct csr_file {
	const char *given;  /* path on the command line; may be NULL */
	const char *preset; /* else in the working directory, behind a number */
	void (*write)(const struct chain *c, struct buf *out);
};

/* Certbot's names: by default the full chain is another chain.pem. */
static void files_of(struct csr_file files[FILE_COUNT], const struct options *opt)
{
	files[FILE_CERT] = (struct csr_file){ opt->cert_path, "cert.pem", chain_pem_leaf };
	files[FILE_CHAIN] = (struct csr_file){ opt->chain_path, "chain.pem", chain_pem_rest };
	files[FILE_FULLCHAIN] = (struct csr_file){ opt->fullchain_path, "chain.pem",
						   chain_pem_full };
}

struct err *csr_files_check(const struct options *opt)
{
	struct csr_file files[FILE_COUNT];

	files_of(files, opt);
	for (size_t i = 0; i < FILE_COUNT; i++)
		if (files[i].given != NULL && fs_exists(files[i].given))
			return err_new(
				ERR_CONFIG,
				"%s exists already; name another file, or move this one away",
				files[i].given);
	return NULL;
}

static struct err *make_parent(const char *path)
{
	AUTO(free) char *copy = xstrdup(path);

	return fs_mkdirs(dirname(copy), 0755);
}

/* ./0000_cert.pem, or with the first number that is free. */
static struct err *create_numbered(char **path, const char *name, const struct buf *text)
{
	for (unsigned n = 0; n <= NUMBER_MAX; n++) {
		AUTO(free) char *numbered = str_fmt("%04u_%s", n, name);
		AUTO(free) char *tried = fs_absolute(numbered);

		if (fs_exists(tried) || fs_is_link(tried))
			continue;
		TRY(fs_create(tried, text->data, text->len, 0644));
		*path = MOVE(tried);
		return NULL;
	}
	return err_new(ERR_CONFIG, "there are %d files called NUMBER_%s here; move them away",
		       NUMBER_MAX + 1, name);
}

static struct err *create(char **path, const struct csr_file *f, const struct chain *chain)
{
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_FILE);

	f->write(chain, &text);
	TRY(buf_check(&text, "certificate chain"));
	if (f->given == NULL)
		return create_numbered(path, f->preset, &text);
	TRY(make_parent(f->given));
	TRY(fs_create(f->given, text.data, text.len, 0644));
	*path = xstrdup(f->given);
	return NULL;
}

struct err *csr_files_save(struct client *c, const struct options *opt, const struct chain *chain)
{
	AUTO(strlist_release) struct strlist paths = { 0 };
	struct csr_file files[FILE_COUNT];

	files_of(files, opt);
	for (size_t i = 0; i < FILE_COUNT; i++) {
		char *path = NULL;

		TRY_WRAP(create(&path, &files[i], chain), "saving the certificate");
		strlist_take(&paths, path);
	}
	report_saved_files(c->ui, chain->certs[0], &paths);
	return NULL;
}
