#include "srv/bystander.h"

#include "srv/chain_file.h"
#include "srv/vouch.h"

struct shown_file {
	char *path;
	struct chain *chain; /* NULL: cannot be read */
};

static struct chain *read_chain(const char *path)
{
	struct chain *chain = NULL;

	err_ignore(chain_file_load(&chain, path));
	return chain;
}

static const struct cert *certificate_in(struct bystanders *b, const char *path)
{
	size_t i = 0;

	while (i < b->file_count && !streq(b->files[i].path, path))
		i++;
	if (i == b->file_count) {
		b->files = xrealloc(b->files, i + 1, sizeof(*b->files));
		b->files[b->file_count++] = (struct shown_file){ xstrdup(path), read_chain(path) };
	}
	return b->files[i].chain != NULL ? b->files[i].chain->certs[0] : NULL;
}

const struct strlist *bystanders_certified(struct bystanders *b, const char *path)
{
	static const struct strlist none = { 0 };
	const struct cert *c = certificate_in(b, path);

	return c != NULL ? &c->names.dns : &none;
}

bool bystanders_know(const struct bystanders *b, const char *name)
{
	for (size_t i = 0; i < b->count; i++)
		if (streq_nocase(b->items[i].name, name))
			return true;
	return false;
}

bool bystander_may_lose(const struct bystander *b)
{
	return b->served || b->unknown;
}

void bystanders_note(struct bystanders *b, const char *name, const struct bystander_service *s)
{
	bool served = false;

	if (bystanders_know(b, name))
		return;
	for (size_t i = 0; i < s->fullchains->count && !served; i++) {
		const struct cert *c = certificate_in(b, s->fullchains->items[i]);

		served = c != NULL && cert_vouches(c, name, b->now);
	}
	b->items = xrealloc(b->items, b->count + 1, sizeof(*b->items));
	b->items[b->count++] = (struct bystander){
		xstrdup(name), xstrdup(s->place), served, s->displaced, s->unknown, s->by_default
	};
}

void bystanders_release(struct bystanders *b)
{
	for (size_t i = 0; i < b->count; i++) {
		free(b->items[i].name);
		free(b->items[i].place);
	}
	for (size_t i = 0; i < b->file_count; i++) {
		free(b->files[i].path);
		chain_free(b->files[i].chain);
	}
	free(b->items);
	free(b->files);
}
