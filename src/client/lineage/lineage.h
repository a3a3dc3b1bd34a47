/*
 * A lineage: one certificate's life on this machine (certbot.md 8). renewal/NAME.conf, archive/NAME/{kind}N.pem,
 * live/NAME/{kind}.pem -> ../../archive/NAME/{kind}N.pem.
 */
#pragma once

#include "base/ini.h"
#include "base/world.h"
#include "client/store/tree.h"
#include "pki/cert.h"
#include "pki/chain.h"

enum lineage_kind { KIND_CERT, KIND_PRIVKEY, KIND_CHAIN, KIND_FULLCHAIN, KIND_COUNT };
extern const char
	*const lineage_kind_names[KIND_COUNT]; /* "cert", "privkey", "chain", "fullchain" */

struct lineage {
	char *name;
	char *conf_path;
	struct ini *conf;
	char *archive_dir;
	char *live_dir;
	char *live[KIND_COUNT]; /* the four links */
	unsigned version; /* the number live/cert.pem points to; 0: its target has no such name */
	unsigned versions[KIND_COUNT];
	struct err *misfit; /* the first link that does not fit (misfit.h); NULL: all do */
	unsigned complete;  /* newest version in the archive that has all four files; 0: none */
	struct cert *cert;  /* the live leaf */
	char *cert_pem;     /* its file's text */
};

/* Names (conf file names without .conf) in byte order. */
MUST_CHECK struct err *lineage_names(struct strlist *out, const struct tree *t);
/* That there is none where l has its place. */
MUST_CHECK NEVER_NULL struct err *lineage_missing(const struct lineage *l);
/* ERR_CONFIG says what is broken (certbot.md 8.1: four links whose targets exist). Puts previous_* links back first. */
MUST_CHECK struct err *lineage_load(struct lineage **out, const struct tree *t, const char *name);
bool lineage_exists(const struct tree *t, const char *name);
void lineage_free(struct lineage *l);

/* live behind the archive -> all four links to the newest complete version; *fixed says so (8.1 "Ensure deployed"). */
MUST_CHECK struct err *lineage_repair_links(struct lineage *l, bool *fixed);

MUST_CHECK struct err *lineage_read(char **out, size_t *len, const struct lineage *l,
				    enum lineage_kind kind); /* live file */
MUST_CHECK struct err *lineage_key(EVP_PKEY **out, const struct lineage *l);
/* What [renewalparams] of its renewal file says; the caller's. NULL: nothing, or what cannot be read. */
char *lineage_param(const struct lineage *l, const char *key);
bool lineage_autorenew(const struct lineage *l);
/* Its server is one for tests ("staging" in its URL). */
MUST_CHECK struct err *lineage_is_test(bool *test, const struct lineage *l);

/* What `certificates` checks: leaf signed by the chain's first, fullchain == cert + chain, key matches. NULL: fine. */
MUST_CHECK struct err *lineage_verify(const struct lineage *l);

/* ERR_CONFIG for a name that cannot be a file's. */
MUST_CHECK struct err *lineage_check_name(const char *name);
/* NAME, or NAME-0001 ... when taken (6.3). */
MUST_CHECK struct err *lineage_free_name(char **out, const struct tree *t, const char *wanted);
/* ERR_CONFIG when files that belong to no certificate are where a new lineage would go; to be asked before an order is
 * placed. */
MUST_CHECK struct err *lineage_check_unused(const struct tree *t, const char *name);
/* The name a new lineage gets from its first identifier: without "*.". */
char *lineage_name_of(const struct cert_names *names);

/* What goes into a lineage. */
struct lineage_material {
	const char *key_pem;
	size_t key_len;
	const struct chain *chain;
	/* Fills [renewalparams]; called on the conf that will be written. */
	void (*save_options)(void *ctx, struct ini *conf);
	void *ctx;
};

/*
 * Makes this material the live version: archive files written and synced, then ONE rename of the live directory, then the
 * conf, then old versions pruned (newest and 5 before it stay). existing NULL: a new lineage called name. Running it again after a kill
 * at any point finishes the same version (files that are there with the same bytes are kept). Kill anywhere: the old pair or the new.
 */
MUST_CHECK struct err *lineage_commit(struct lineage **out, const struct tree *t, const char *name,
				      const struct lineage *existing,
				      const struct lineage_material *m);
/*
 * Ends what killed commits and removals left half done in live/ and renewal/ (hidden directories, *.conf.new,
 * .*.conf.deleted). For certonly and renew, once, when the locks are held.
 */
MUST_CHECK struct err *lineages_settle(const struct tree *t);
/* Removes what a killed commit of a NEW lineage left (archive and live without conf) when `key_pem` shows that it was ours. */
MUST_CHECK struct err *lineage_discard_unfinished(const struct tree *t, const char *name,
						  const char *key_pem);

AUTO_FREE(struct lineage, lineage_free)
