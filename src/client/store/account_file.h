/* The three files of an account directory: private_key.json, meta.json, regr.json (certbot.md 9.1). */
#pragma once

#include <time.h>

#include "client/store/accounts.h"

/* The directory's account; without regr.json its url is NULL. ERR_CONFIG says which file is wrong. */
MUST_CHECK struct err *account_read(struct stored_account **out, const char *dir, const char *id);
/* Writes private_key.json and meta.json of a new directory that appears with both or not at all. */
MUST_CHECK struct err *account_write_new(const char *server_dir, const struct stored_account *a);
/*
 * What stopped runs left under hidden names: keys that no CA has seen (an account shows its key only under its own name),
 * and accounts that were being removed.
 */
MUST_CHECK struct err *account_remove_unfinished(const char *server_dir);
MUST_CHECK struct err *account_write_registration(const char *dir, const char *url);
