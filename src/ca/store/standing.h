/*
 * Certificates that have not ended bind a configuration: the store knows them by their issuer's name and shard, and those that
 * are of none that the configuration has would be on no CRL, whoever revokes them.
 */
#pragma once

#include <time.h>

#include "ca/config/config.h"
#include "ca/store/db.h"

/* ERR_CONFIG names section, cause and way out. */
MUST_CHECK struct err *standing_check(struct db *db, const struct ca_config *config, time_t now);
