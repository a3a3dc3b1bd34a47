/* A server that tests make up: files in a temporary directory, and a spawner that is its programs. */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "check.h"
#include "srv/checkpoint.h"

struct site {
	char dir[64];
	char *work, *conf;
	struct world world;
	struct spawner spawner;
	struct checkpoints checkpoints;
	struct strlist ran;       /* commands, a line each */
	const char *refuses;      /* a command line that begins so fails */
	const char *asked, *said; /* one that begins so says this; NULL: none does */
	const char *missing;      /* one that begins so cannot be run */
	/* What a command does; false: it fails. NULL: nothing, and it does not. */
	bool (*act)(struct site *s, const char *line);
};

static struct err *site_run(const struct spawner *s, const struct command *c,
			    struct command_result *out)
{
	struct site *site = (struct site *)((uintptr_t)s -
					    offsetof(struct site, spawner)); /* its container */
	AUTO(strlist_release) struct strlist argv = { 0 };

	for (size_t i = 0; c->argv[i] != NULL; i++)
		strlist_add(&argv, c->argv[i]);
	AUTO(free) char *line = strlist_join(&argv, " ");
	bool refused = site->refuses != NULL && str_starts(line, site->refuses);
	bool answered = site->asked != NULL && str_starts(line, site->asked);

	strlist_add(&site->ran, line);
	if (site->missing != NULL && str_starts(line, site->missing))
		return err_new(ERR_IO, "running %s: it is not there", line);
	if (site->act != NULL)
		refused |= !site->act(site, line);
	*out = (struct command_result){ .status = refused ? 1 : 0,
					.out = xstrdup(answered ? site->said : ""),
					.err = xstrdup(refused ? "unknown directive in line 3\n"
							       : "") };
	return NULL;
}

static inline struct site *site_new(void)
{
	struct site *s = xcalloc(1, sizeof(*s));

	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/signet-site-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	s->work = fs_join(s->dir, "work");
	s->conf = fs_join(s->dir, "conf");
	assert_done(fs_mkdir(s->work, 0755, NULL));
	assert_done(fs_mkdir(s->conf, 0755, NULL));
	s->spawner.run = site_run;
	s->world = (struct world){ .clock = &system_clock, .spawner = &s->spawner };
	s->checkpoints = (struct checkpoints){ .world = &s->world, .work_dir = s->work };
	return s;
}

static inline void site_free(struct site *s)
{
	if (s == NULL)
		return;
	err_ignore(fs_remove_tree(s->dir));
	free(s->work);
	free(s->conf);
	strlist_release(&s->ran);
	free(s);
}

static inline char *site_path(const struct site *s, const char *name)
{
	return fs_join(s->conf, name);
}

/* A file of this mode, an hour old. */
static inline void site_write(const struct site *s, const char *name, const char *text, mode_t mode)
{
	AUTO(free) char *path = site_path(s, name);
	const struct timespec old[2] = { { .tv_sec = 1700000000 },
					 { .tv_sec = 1700000000, .tv_nsec = 123456789 } };

	assert_done(fs_create(path, text, strlen(text), mode));
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

static inline char *site_read(const struct site *s, const char *name)
{
	AUTO(free) char *path = site_path(s, name);
	char *text = NULL;

	assert_done(fs_read_if_exists(&text, NULL, path, LIMIT_MIB(1)));
	return text;
}

/* "NAME mode uid mtime nlink content" of everything below conf, sorted; links as NAME -> target. */
static inline char *site_picture(const struct site *s)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	struct buf b = BUF_INIT(LIMIT_MIB(1));

	assert_done(fs_list(&names, s->conf));
	for (size_t i = 0; i < names.count; i++) {
		AUTO(free) char *path = site_path(s, names.items[i]);
		AUTO(free) char *target = NULL;
		AUTO(free) char *text = site_read(s, names.items[i]);
		struct stat st;

		assert_done(fs_readlink(&target, path));
		assert_int_equal(lstat(path, &st), 0);
		if (target != NULL)
			buf_addf(&b, "%s -> %s\n", names.items[i], target);
		else
			buf_addf(&b, "%s %o %u %ld.%09ld %u %s\n", names.items[i],
				 (unsigned)st.st_mode, (unsigned)st.st_uid, (long)st.st_mtim.tv_sec,
				 (long)st.st_mtim.tv_nsec, (unsigned)st.st_nlink, text);
	}
	return buf_detach(&b);
}

static inline struct buf text_buf(const char *text)
{
	struct buf b = BUF_INIT(LIMIT_MIB(1));

	buf_adds(&b, text);
	return b;
}

AUTO_FREE(struct site, site_free)
