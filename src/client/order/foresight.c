#include "client/order/foresight.h"

#include <string.h>

#include "client/lineage/due.h"
#include "client/order/issuer.h"

void foresight_release(struct foresight *f)
{
	free(f->window.explanation_url);
	err_free(f->failure);
	*f = (struct foresight){ 0 };
}

struct foresight foresight_take(struct foresight *f)
{
	struct foresight taken = *f;

	*f = (struct foresight){ 0 };
	return taken;
}

/* --- those of one CA --- */

struct group {
	const struct foresight_question **members;
	size_t count;
};

static void group_release(struct group *g)
{
	free(g->members);
}

AUTO_RELEASE(struct group, group_release)

/* When there is no answer for any, the first tells it; the others are told shortly when they are judged. */
static struct err *nobody_answered(struct ca *ca, const struct group *g, struct err *e)
{
	if (err_is(e, ERR_INTERRUPTED))
		return e;
	issuer_note(ca, e, NULL);
	*g->members[0]->out = (struct foresight){ .asked = true, .failure = e };
	return NULL;
}

static struct err *ask_session(struct ca *ca, const struct group *g)
{
	AUTO(free) struct acme_renewal_question *q = xcalloc(g->count, sizeof(*q));

	for (size_t i = 0; i < g->count; i++) {
		const char *pem = g->members[i]->lineage->cert_pem;

		q[i] = (struct acme_renewal_question){ .cert_pem = pem, .len = strlen(pem) };
	}
	struct err *e = acme_renewal_infos(ca->session, q, g->count);

	if (e != NULL)
		return nobody_answered(ca, g, e);
	for (size_t i = 0; i < g->count; i++) {
		issuer_note(ca, q[i].err, &q[i].window);
		*g->members[i]->out = (struct foresight){ .asked = true,
							  .window = q[i].window,
							  .failure = q[i].err };
	}
	return NULL;
}

static struct err *ask_group(struct client *c, const struct group *g)
{
	const struct foresight_question *first = g->members[0];
	struct ca *ca = NULL;
	struct err *e = issuer_open(&ca, c, first->opt, first->lineage);

	if (e != NULL) {
		err_ignore(e); /* who judges the lineage will have it too */
		return NULL;
	}
	return ca->silent || ca->adviceless ? NULL : ask_session(ca, g);
}

/* --- which are asked, and whom --- */

static char *whom(const struct client *c, const struct foresight_question *q)
{
	char *server = NULL;

	if (q->opt->force_renewal || q->opt->dry_run ||
	    !lineage_has_question(q->lineage, world_now(c->world)))
		return NULL;
	struct err *e = issuer_server(&server, q->opt, q->lineage);

	if (e != NULL)
		err_ignore(e);
	else if (server == NULL)
		server = xstrdup(q->opt->server);
	return server;
}

/* Takes those with the same server as the first of them out of servers. */
static void gather(struct group *g, const struct foresight_question *q, char **servers, size_t from,
		   size_t count)
{
	AUTO(free) char *server = MOVE(servers[from]);

	g->members[g->count++] = &q[from];
	for (size_t i = from + 1; i < count; i++) {
		if (servers[i] == NULL || !streq(servers[i], server))
			continue;
		free(MOVE(servers[i]));
		g->members[g->count++] = &q[i];
	}
}

static struct err *ask_each_ca(struct client *c, const struct foresight_question *q, char **servers,
			       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(group_release) struct group g = { 0 };

		if (servers[i] == NULL)
			continue;
		g.members = xcalloc(count - i, sizeof(const struct foresight_question *));
		gather(&g, q, servers, i, count);
		TRY(ask_group(c, &g));
	}
	return NULL;
}

struct err *foresight_ask(struct client *c, const struct foresight_question *q, size_t count)
{
	AUTO(free) char **servers = xcalloc(count, sizeof(char *));

	for (size_t i = 0; i < count; i++)
		servers[i] = whom(c, &q[i]);
	struct err *e = ask_each_ca(c, q, servers, count);

	for (size_t i = 0; i < count; i++)
		free(servers[i]);
	return e;
}
