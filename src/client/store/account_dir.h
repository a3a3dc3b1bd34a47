/*
 * Where the accounts of a server are: accounts/<netloc><path>, and how those of the old ACMEv1 server are shared with its
 * successor by links (certbot.md 9.1, 9.2).
 */
#pragma once

#include "client/store/tree.h"

/* ERR_CONFIG for a server whose URL names no directory below accounts. */
MUST_CHECK struct err *account_server_dir(char **out, const struct tree *t, const char *server);
/* The v1 server's directory when this server is its successor; else *out NULL. */
MUST_CHECK struct err *account_older_dir(char **out, const struct tree *t, const char *server);
/* Makes all of `older`'s accounts visible in `dir`, which has none that load. Nothing to share: no change. */
MUST_CHECK struct err *account_share_older(const char *dir, const char *older,
					   const struct strlist *ids);
/* One account of `older` made visible in `dir`. */
MUST_CHECK struct err *account_share_one(const char *dir, const char *older, const char *id);
