#include "client/lineage/look.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"

/* File times are as coarse as the kernel's tick, or as the file system's seconds. */
#define TICK_MS 100
#define COARSE_MS 3000

static const struct {
	size_t folder; /* offset in struct lookout */
	const char *file;
} places[LOOK_COUNT] = {
	[LOOK_CONF] = { offsetof(struct lookout, renewal), ".conf" },
	[LOOK_LIVE] = { offsetof(struct lookout, live), "" },
	[LOOK_ARCHIVE] = { offsetof(struct lookout, archive), "" },
	[LOOK_CERT] = { offsetof(struct lookout, live), "/cert.pem" },
	[LOOK_PRIVKEY] = { offsetof(struct lookout, live), "/privkey.pem" },
	[LOOK_CHAIN] = { offsetof(struct lookout, live), "/chain.pem" },
	[LOOK_FULLCHAIN] = { offsetof(struct lookout, live), "/fullchain.pem" },
};

static int open_folder(const struct tree *t, const char *folder)
{
	AUTO(free) char *path = tree_path(t, folder);

	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void lookout_open(struct lookout *o, const struct tree *t)
{
	o->renewal = open_folder(t, "renewal");
	o->live = open_folder(t, "live");
	o->archive = open_folder(t, "archive");
}

void lookout_release(struct lookout *o)
{
	fd_close(o->renewal);
	fd_close(o->live);
	fd_close(o->archive);
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t digest(const struct stat *st)
{
	uint64_t h = mix(1, st->st_dev);

	h = mix(h, st->st_ino);
	h = mix(h, st->st_mode);
	h = mix(h, (uint64_t)st->st_size);
	h = mix(h, (uint64_t)st->st_mtim.tv_sec);
	h = mix(h, (uint64_t)st->st_mtim.tv_nsec);
	h = mix(h, (uint64_t)st->st_ctim.tv_sec);
	h = mix(h, (uint64_t)st->st_ctim.tv_nsec);
	return h != 0 ? h : 1;
}

static bool is_settled(const struct timespec *changed, int64_t now_ms)
{
	int64_t changed_ms = (int64_t)changed->tv_sec * 1000 + changed->tv_nsec / 1000000;

	return changed_ms + (changed->tv_nsec == 0 ? COARSE_MS : TICK_MS) < now_ms;
}

/* name and what stands behind it; false when that is too long for a path. */
static bool join(char path[LIMIT_PATH], const char *name, size_t len, const char *file)
{
	size_t file_len = strlen(file);

	if (len + file_len >= LIMIT_PATH)
		return false;
	memcpy(path, name, len);
	memcpy(path + len, file, file_len + 1);
	return true;
}

bool look_at(struct look *out, const struct lookout *o, const char *name, size_t count,
	     int64_t now_ms)
{
	char path[LIMIT_PATH];
	size_t len = strlen(name);
	struct stat st;

	*out = (struct look){ .settled = true };
	for (size_t i = 0; i < count; i++) {
		const int *folder = (const void *)((const char *)o + places[i].folder);

		if (*folder < 0 || !join(path, name, len, places[i].file) ||
		    fstatat(*folder, path, &st, 0) != 0)
			return false;
		out->files[i] = digest(&st);
		out->settled &= is_settled(&st.st_ctim, now_ms);
	}
	return true;
}

bool look_same(const struct look *a, const struct look *b, size_t count)
{
	return memcmp(a->files, b->files, count * sizeof(a->files[0])) == 0;
}
