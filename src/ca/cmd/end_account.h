/* The end of accounts from the command line, as deactivated or revoked: there is no way back. */
#pragma once

#include "ca/cmd/cmd.h"
#include "proto/status.h"

MUST_CHECK struct err *end_accounts(const struct command_run *r, enum account_status status);
