#include "plugins/damage.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/splice.h"
#include "check.h"

uint32_t damage_chance(uint64_t *seed, size_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % (uint32_t)below;
}

char *damaged(const char *text, size_t len, const char *signs, uint64_t *seed, size_t *out_len)
{
	AUTO(splices_release) struct splices s = { 0 };
	size_t times = 1 + damage_chance(seed, len < 3 ? 1 : 3), step = len / times;
	char *out = NULL;

	for (size_t i = 0; i < times; i++) {
		size_t at = i * step + damage_chance(seed, step);
		const char sign[] = { signs[damage_chance(seed, strlen(signs))], '\0' };

		splices_replace(&s, at, at + damage_chance(seed, 2),
				damage_chance(seed, 4) > 0 ? sign : "");
	}
	assert_done(splices_apply(&out, out_len, &s, text, len));
	return out;
}

void corpus_load(struct corpus *c, const char *folder)
{
	AUTO(free) char *dir = fs_join(getenv("TEST_DATA"), folder);
	AUTO(strlist_release) struct strlist names = { 0 };

	assert_done(fs_list(&names, dir));
	*c = (struct corpus){ .files = xcalloc(names.count, sizeof(*c->files)) };
	for (; c->count < names.count; c->count++) {
		struct corpus_file *f = &c->files[c->count];

		f->path = fs_join(dir, names.items[c->count]);
		assert_done(fs_read(&f->text, &f->len, f->path, LIMIT_SERVER_CONF_FILE));
	}
}

void corpus_release(struct corpus *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->files[i].path);
		free(c->files[i].text);
	}
	free(c->files);
	*c = (struct corpus){ 0 };
}
