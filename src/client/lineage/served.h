/* What is served of a lineage: by the servers of this machine that listen on a port, or where its names lead. */
#pragma once

#include "client/lineage/lineage.h"
#include "srv/prove.h"

enum served_state {
	SERVED_CURRENT,
	SERVED_OUTDATED,   /* an older version of the lineage: renewed but not served */
	SERVED_INCOMPLETE, /* the current certificate without its issuers */
	SERVED_OTHER,      /* a certificate that is none of the lineage's, but good for the name */
	SERVED_WRONG,      /* one that is not good for it */
	SERVED_OTHER_KIND, /* nothing for this kind of key, while another lineage of the name is served by its kind */
	SERVED_SILENT, /* no TLS there */
	SERVED_STATE_COUNT,
};

struct served_question {
	const char *name;
	time_t now;
};

extern const char *const served_state_names[SERVED_STATE_COUNT];

/* The places where each name of l would be served. */
MUST_CHECK struct err *served_places(struct endpoints *out, const struct world *w,
				     const struct lineage *l, unsigned port);
/* For name, now. chain is l's fullchain. */
MUST_CHECK struct err *served_judge(enum served_state *out, const struct sight *s,
				    const struct lineage *l, const struct chain *chain,
				    const struct served_question *q);
/* The kind of key of the version before l's, where that is another one; NULL: it is not, or there was none. */
MUST_CHECK struct err *served_former_family(const char **out, const struct lineage *l);
/* Is it one of those that l had before? */
MUST_CHECK struct err *served_is_older(bool *yes, const struct lineage *l,
				       const struct cert *shown);
/* At a place that is silent to who takes l's kind of key alone: *other is the lineage that is served to all others; NULL: none is. */
MUST_CHECK struct err *served_instead(char **other, const struct sight *any, const struct tree *t,
				      const struct lineage *l);
