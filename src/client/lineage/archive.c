#include "client/lineage/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"

#define KEPT_BEFORE_NEWEST 5
#define DIGITS_MAX 9

const char *const lineage_kind_names[KIND_COUNT] = {
	[KIND_CERT] = "cert",
	[KIND_PRIVKEY] = "privkey",
	[KIND_CHAIN] = "chain",
	[KIND_FULLCHAIN] = "fullchain",
};

void archive_release(struct archive *a)
{
	free(a->items);
	*a = (struct archive){ 0 };
}

char *archive_path(const char *dir, enum lineage_kind kind, unsigned number)
{
	return str_fmt("%s/%s%u.pem", dir, lineage_kind_names[kind], number);
}

unsigned archive_number(enum lineage_kind kind, const char *name)
{
	size_t prefix = strlen(lineage_kind_names[kind]);
	unsigned number = 0;

	if (strncmp(name, lineage_kind_names[kind], prefix) != 0)
		return 0;
	const char *digits = name + prefix;
	size_t count = strspn(digits, "0123456789");

	if (count == 0 || count > DIGITS_MAX || digits[0] == '0' || !streq(digits + count, ".pem"))
		return 0;
	for (size_t i = 0; i < count; i++)
		number = number * 10 + (unsigned)(digits[i] - '0');
	return number;
}

/* The place of this number, made if it is new. */
static struct archive_version *slot(struct archive *a, unsigned number)
{
	size_t at = a->count;

	while (at > 0 && a->items[at - 1].number >= number)
		at--;
	if (at < a->count && a->items[at].number == number)
		return &a->items[at];
	a->items = xrealloc(a->items, a->count + 1, sizeof(*a->items));
	memmove(&a->items[at + 1], &a->items[at], (a->count - at) * sizeof(*a->items));
	a->items[at] = (struct archive_version){ .number = number };
	a->count++;
	return &a->items[at];
}

static void note(struct archive *a, const char *name)
{
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		unsigned number = archive_number(kind, name);

		if (number > 0)
			slot(a, number)->kinds |= 1u << kind;
	}
}

static void note_all(struct archive *a, const char *entries, size_t len)
{
	for (size_t at = 0; at < len;) {
		const struct dirent64 *entry = (const void *)(entries + at);

		note(a, entry->d_name);
		at += entry->d_reclen;
	}
}

/* Straight from the kernel: this is done once for each lineage, and opendir() costs a third more. */
struct err *archive_scan(struct archive *out, const char *dir)
{
	AUTO(archive_release) struct archive a = { 0 };
	AUTO(fd_close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_Alignas(struct dirent64) char entries[8 * 1024];
	ssize_t len;

	if (fd < 0 && errno != ENOENT)
		return err_errno(errno, "listing %s", dir);
	while (fd >= 0 && (len = getdents64(fd, entries, sizeof(entries))) != 0) {
		if (len < 0)
			return err_errno(errno, "listing %s", dir);
		note_all(&a, entries, (size_t)len);
	}
	*out = a;
	a = (struct archive){ 0 };
	return NULL;
}

bool archive_has(const struct archive *a, enum lineage_kind kind, unsigned number)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].number == number)
			return (a->items[i].kinds & 1u << kind) != 0;
	return false;
}

unsigned archive_newest(const struct archive *a)
{
	return a->count > 0 ? a->items[a->count - 1].number : 0;
}

unsigned archive_newest_complete(const struct archive *a)
{
	for (size_t i = a->count; i > 0; i--)
		if (a->items[i - 1].kinds == ARCHIVE_ALL_KINDS)
			return a->items[i - 1].number;
	return 0;
}

char *archive_temporary(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return str_fmt("%.*s.%s.new", (int)(name - path), path, name);
}

static bool is_temporary(const char *name)
{
	AUTO(free) char *inner = xstrdup(name);
	size_t len = strlen(inner);
	bool ours = false;

	if (inner[0] != '.' || !str_ends(inner, ".new"))
		return false;
	inner[len - strlen(".new")] = '\0';
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++)
		ours |= archive_number(kind, inner + 1) > 0;
	return ours;
}

struct err *archive_remove_temporaries(const char *dir)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	TRY(fs_list(&names, dir));
	for (size_t i = 0; i < names.count; i++) {
		AUTO(free) char *path = fs_join(dir, names.items[i]);

		if (is_temporary(names.items[i]))
			TRY(fs_unlink(path));
	}
	return NULL;
}

static struct err *remove_version(const char *dir, const struct archive_version *v)
{
	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++) {
		AUTO(free) char *path = archive_path(dir, kind, v->number);

		if ((v->kinds & 1u << kind) != 0)
			TRY(fs_unlink(path));
	}
	return NULL;
}

struct err *archive_prune(const char *dir, unsigned newest)
{
	AUTO(archive_release) struct archive a = { 0 };

	TRY(archive_scan(&a, dir));
	for (size_t i = 0; i < a.count; i++) {
		unsigned number = a.items[i].number;

		if (number > newest || newest - number > KEPT_BEFORE_NEWEST)
			TRY(remove_version(dir, &a.items[i]));
	}
	return NULL;
}
