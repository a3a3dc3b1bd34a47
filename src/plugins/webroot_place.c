#include "plugins/webroot_place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "proto/keyauth.h"

static const char *const levels[2] = { ".well-known", "acme-challenge" };

static struct err *open_root(int *fd, const struct place *p)
{
	*fd = open(p->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *fd >= 0 ? NULL : err_errno(errno, "opening the web root %s", p->root);
}

static struct err *not_followed(const char *name, const struct place *p)
{
	return err_new(
		ERR_PERMISSION,
		"%s below %s is a symbolic link to something its owner does not own; it is not followed",
		name, p->root);
}

/*
 * The link itself is held open while it is judged, so that nobody can swap it: a link of root's or of ours is the
 * administrator's; another one may only lead to what its owner owns.
 */
static struct err *enter_link(int *fd, int parent, const char *name, const struct place *p)
{
	AUTO(fd_close) int link = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	AUTO(fd_close) int there = -1;
	char target[LIMIT_PATH] = "";
	struct stat st;
	struct stat to;

	if (link < 0 || fstat(link, &st) < 0 || !S_ISLNK(st.st_mode) ||
	    readlinkat(link, "", target, sizeof(target) - 1) < 0)
		return err_new(ERR_PERMISSION,
			       "%s below %s is neither a directory nor a link to one", name,
			       p->root);
	there = openat(parent, target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (there < 0 || fstat(there, &to) < 0)
		return err_errno(errno, "opening %s below %s", name, p->root);
	if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != to.st_uid)
		return not_followed(name, p);
	*fd = there;
	there = -1;
	return NULL;
}

static int open_dir(int parent, const char *name)
{
	return openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* *fd is -1 when there is nothing of that name. */
static struct err *enter(int *fd, int parent, const char *name, const struct place *p)
{
	*fd = open_dir(parent, name);
	if (*fd >= 0 || errno == ENOENT)
		return NULL;
	if (errno != ELOOP && errno != ENOTDIR)
		return err_errno(errno, "opening %s below %s", name, p->root);
	return enter_link(fd, parent, name, p);
}

/* What we have just made is a directory of ours; anything else was put in its place. */
static struct err *enter_made(int *fd, int parent, const char *name, const struct place *p)
{
	AUTO(fd_close) int dir = open_dir(parent, name);
	struct stat st;

	if (dir < 0 || fstat(dir, &st) < 0 || st.st_uid != geteuid())
		return err_new(ERR_PERMISSION,
			       "%s below %s was replaced by somebody while it was made", name,
			       p->root);
	*fd = dir;
	dir = -1;
	return NULL;
}

/* *fd is the challenge directory, or -1 when it is missing. fds[0] and fds[1] are where each level is looked up. */
struct way {
	int fds[3]; /* the root, .well-known, acme-challenge; -1 from the first that is missing */
};

static void way_release(struct way *w)
{
	for (size_t i = 0; i < ARRAY_LEN(w->fds); i++)
		fd_close(w->fds[i]);
}
AUTO_RELEASE(struct way, way_release)

static struct err *walk(struct way *w, const struct place *p)
{
	*w = (struct way){ .fds = { -1, -1, -1 } };
	TRY(open_root(&w->fds[0], p));
	for (size_t i = 0; i < ARRAY_LEN(levels) && w->fds[i] >= 0; i++)
		TRY(enter(&w->fds[i + 1], w->fds[i], levels[i], p));
	return NULL;
}

struct err *place_plan(struct place *p)
{
	AUTO(way_release) struct way w = { .fds = { -1, -1, -1 } };

	TRY(walk(&w, p));
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		p->made[i] = w.fds[i + 1] < 0;
	return NULL;
}

/* The web server must be able to read it, whatever our umask; and its owner to work in it (certbot.md 14.2). */
static void open_up(int fd, int root_fd, const struct place *p, const char *name,
		    struct err **warning)
{
	AUTO(fd_close) int dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat root;
	bool ok = dir >= 0 && fchmod(dir, 0755) == 0 && fstat(root_fd, &root) == 0 &&
		  fchown(dir, root.st_uid, root.st_gid) == 0;

	if (!ok && *warning == NULL)
		*warning = err_errno(errno, "giving %s to the owner of %s", name, p->root);
}

static struct err *make_level(struct way *w, size_t level, struct place *p, struct err **warning)
{
	const char *name = levels[level];
	int parent = w->fds[level];
	int *fd = &w->fds[level + 1];

	p->made[level] = mkdirat(parent, name, 0755) == 0;
	if (!p->made[level] && errno != EEXIST)
		return err_errno(errno, "making %s/%s%s%s", p->root,
				 level > 0 ? levels[level - 1] : "", level > 0 ? "/" : "", name);
	if (p->made[level]) {
		TRY(enter_made(fd, parent, name, p));
		open_up(*fd, w->fds[0], p, name, warning);
		return NULL;
	}
	TRY(enter(fd, parent, name, p));
	return *fd >= 0 ? NULL : err_new(ERR_IO, "%s below %s has just disappeared", name, p->root);
}

static struct err *make_levels(struct way *w, struct place *p, struct err **warning)
{
	TRY(walk(w, p));
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (w->fds[i + 1] < 0)
			TRY(make_level(w, i, p, warning));
	return NULL;
}

static struct err *write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return err_errno(errno, "writing");
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return fchmod(fd, 0644) == 0 ? NULL : err_errno(errno, "setting its mode");
}

static int create(int dir, const char *token)
{
	return openat(dir, token, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
}

/* Left by a run of the same order that was killed; whole, and the CA may be reading it right now. */
static bool has_body(int dir, const char *token, const char *body)
{
	char text[LIMIT_TOKEN + 64];
	AUTO(fd_close) int fd = openat(dir, token, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 0444) != 0444)
		return false;
	ssize_t len = read(fd, text, sizeof(text));

	return len >= 0 && (size_t)len == strlen(body) && memcmp(text, body, (size_t)len) == 0;
}

static struct err *write_file(int dir, const struct place *p, const char *token, const char *body)
{
	if (!token_is_valid(token))
		return err_new(ERR_INTERNAL, "a token that is no file name");
	int fd = create(dir, token);

	if (fd < 0 && errno == EEXIST) {
		if (has_body(dir, token, body))
			return NULL;
		if (unlinkat(dir, token, 0) == 0)
			fd = create(dir, token);
	}
	if (fd < 0)
		return err_errno(errno, "creating a challenge file in %s/%s/%s", p->root, levels[0],
				 levels[1]);
	struct err *e = write_all(fd, body);

	if (close(fd) < 0 && e == NULL)
		e = err_errno(errno, "closing");
	return err_wrap(e, "the challenge file in %s/%s/%s", p->root, levels[0], levels[1]);
}

struct err *place_fill(struct place *p, const struct strlist *bodies, struct err **warning)
{
	AUTO(way_release) struct way w = { .fds = { -1, -1, -1 } };

	TRY(make_levels(&w, p, warning));
	for (size_t i = 0; i < p->tokens.count; i++)
		TRY(write_file(w.fds[2], p, p->tokens.items[i], bodies->items[i]));
	return NULL;
}

static struct err *remove_files(int dir, const struct place *p)
{
	struct err *first = NULL;

	for (size_t i = 0; i < p->tokens.count && dir >= 0; i++) {
		if (unlinkat(dir, p->tokens.items[i], 0) == 0 || errno == ENOENT || first != NULL)
			continue;
		first = err_errno(errno, "removing a challenge file from %s/%s/%s", p->root,
				  levels[0], levels[1]);
	}
	return first;
}

struct err *place_clear(struct place *p)
{
	AUTO(way_release) struct way w = { .fds = { -1, -1, -1 } };

	if (!fs_exists(p->root))
		return NULL;
	TRY(walk(&w, p));
	struct err *e = remove_files(w.fds[2], p);

	for (size_t i = ARRAY_LEN(levels); i-- > 0;)
		if (p->made[i] && w.fds[i] >= 0)
			(void)unlinkat(w.fds[i], levels[i], AT_REMOVEDIR);
	return e;
}

void place_release(struct place *p)
{
	free(p->root);
	strlist_release(&p->tokens);
	*p = (struct place){ 0 };
}

json_t *place_to_json(const struct place *p)
{
	json_t *tokens = json_array();

	for (size_t i = 0; i < p->tokens.count; i++)
		(void)json_array_append_new(tokens, json_string(p->tokens.items[i]));
	return json_pack("{s:s, s:o, s:b, s:b}", "root", p->root, "tokens", tokens, levels[0],
			 (int)p->made[0], levels[1], (int)p->made[1]);
}

struct err *place_from_json(struct place *out, const json_t *obj)
{
	AUTO(place_release) struct place p = { 0 };
	const char *root = NULL;

	TRY(json_get_string(&root, obj, "root", JSON_REQUIRED));
	TRY(json_get_strings(&p.tokens, obj, "tokens", JSON_REQUIRED));
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		TRY(json_get_bool(&p.made[i], obj, levels[i], JSON_REQUIRED));
	for (size_t i = 0; i < p.tokens.count; i++)
		if (!token_is_valid(p.tokens.items[i]))
			return err_new(ERR_PARSE, "a token that is no file name");
	p.root = xstrdup(root);
	*out = p;
	p = (struct place){ 0 };
	return NULL;
}

struct place *places_at(struct places *l, const char *root)
{
	for (size_t i = 0; i < l->count; i++)
		if (streq(l->items[i].root, root))
			return &l->items[i];
	l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
	l->items[l->count] = (struct place){ .root = xstrdup(root) };
	return &l->items[l->count++];
}

void places_add(struct places *l, const struct place *p)
{
	struct place *known = places_at(l, p->root);

	for (size_t i = 0; i < p->tokens.count; i++)
		(void)strlist_add_unique(&known->tokens, p->tokens.items[i]);
	for (size_t i = 0; i < ARRAY_LEN(p->made); i++)
		known->made[i] |= p->made[i];
}

void places_release(struct places *l)
{
	for (size_t i = 0; i < l->count; i++)
		place_release(&l->items[i]);
	free(l->items);
	*l = (struct places){ 0 };
}
