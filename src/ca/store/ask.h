/* How an operation is handed to the thread that does it. */
#pragma once

#include "ca/store/op.h"

/* Takes op. */
void store_ask(struct store *s, struct op *op);
