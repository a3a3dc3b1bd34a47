#include "dns/shares.h"

#include "base/str.h"

enum { BUCKETS = 1024 };

struct share {
	struct shares *shares;
	char *name;
	uint16_t type;
	struct dns_ask *ask; /* NULL: was answered */
	struct share_seat *seats;
	struct share *next, **previous; /* of its bucket, while it can be joined */
};

struct share_seat {
	struct share *share;
	dns_reply_fn *replied;
	void *ctx;
	struct share_seat *next, **previous;
};

struct shares {
	struct dns_backend *backend;
	struct share *buckets[BUCKETS];
};

struct shares *shares_new(struct dns_backend *backend)
{
	struct shares *s = xcalloc(1, sizeof(*s));

	s->backend = backend;
	return s;
}

void shares_free(struct shares *s)
{
	free(s);
}

/* FNV-1a */
static struct share **bucket_of(struct shares *s, const char *name, uint16_t type)
{
	uint32_t hash = 2166136261u ^ type;

	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	return &s->buckets[hash % BUCKETS];
}

static struct share *find(struct share *bucket, const char *name, uint16_t type)
{
	for (struct share *sh = bucket; sh != NULL; sh = sh->next)
		if (sh->type == type && streq(sh->name, name))
			return sh;
	return NULL;
}

static void close_share(struct share *sh)
{
	sh->ask = NULL;
	*sh->previous = sh->next;
	if (sh->next != NULL)
		sh->next->previous = sh->previous;
}

static void share_free(struct share *sh)
{
	free(sh->name);
	free(sh);
}

static void rise(struct share_seat *seat)
{
	*seat->previous = seat->next;
	if (seat->next != NULL)
		seat->next->previous = seat->previous;
	free(seat);
}

/* Taken off the list; NULL: nobody sits there. */
static struct share_seat *first(struct share *sh)
{
	struct share_seat *seat = sh->seats;

	if (seat == NULL)
		return NULL;
	sh->seats = seat->next;
	if (seat->next != NULL)
		seat->next->previous = &sh->seats;
	return seat;
}

/* Whoever hears it may ask anew, leave other seats, or end the resolver. */
static void answered(void *ctx, const struct dns_reply *reply)
{
	struct share *sh = ctx;

	close_share(sh);
	for (struct share_seat *seat = first(sh); seat != NULL; seat = first(sh)) {
		seat->replied(seat->ctx, reply);
		free(seat);
	}
	share_free(sh);
}

static struct share *open_share(struct shares *s, struct share **bucket, const char *name,
				uint16_t type)
{
	struct share *sh = xcalloc(1, sizeof(*sh));

	sh->shares = s;
	sh->name = xstrdup(name);
	sh->type = type;
	sh->next = *bucket;
	sh->previous = bucket;
	if (sh->next != NULL)
		sh->next->previous = &sh->next;
	*bucket = sh;
	sh->ask = s->backend->ops->ask(s->backend, name, type, answered, sh);
	return sh;
}

struct share_seat *shares_ask(struct shares *s, const char *name, uint16_t type,
			      dns_reply_fn *replied, void *ctx)
{
	struct share **bucket = bucket_of(s, name, type);
	struct share *sh = find(*bucket, name, type);
	struct share_seat *seat = xcalloc(1, sizeof(*seat));

	if (sh == NULL)
		sh = open_share(s, bucket, name, type);
	*seat = (struct share_seat){ sh, replied, ctx, sh->seats, &sh->seats };
	if (seat->next != NULL)
		seat->next->previous = &seat->next;
	sh->seats = seat;
	return seat;
}

void shares_leave(struct share_seat *seat)
{
	struct share *sh = seat->share;
	struct dns_ask *ask = sh->ask;

	rise(seat);
	if (sh->seats != NULL || ask == NULL)
		return;
	close_share(sh);
	sh->shares->backend->ops->cancel(sh->shares->backend, ask);
	share_free(sh);
}
