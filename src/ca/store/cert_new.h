/* A row of a certificate: of an order, reserved before it is signed, or of none, as it is. */
#pragma once

#include "ca/store/op.h"

MUST_CHECK struct err *cert_serial_is_free(bool *free_, struct tx *t, const char *serial);
/* With the names by which it is found. account_id: 0: nobody's. */
MUST_CHECK struct err *cert_insert(struct tx *t, int64_t order_id, int64_t account_id,
				   const struct store_cert *c);
/* Makes what it points to the operation's own. */
void cert_keep(struct op *op, struct store_cert *c);
