/* An account as `list accounts` and `show account` print it. */
#pragma once

#include "ca/cmd/table.h"
#include "ca/store/object.h"

void account_row(struct table *t, const struct store_account *a);
