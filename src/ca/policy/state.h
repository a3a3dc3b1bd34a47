/*
 * Which status orders and authorizations have now (RFC 8555 §7.1.6, ca.md 5.15). Stored are events; that time passes needs no
 * job in the background, it shows when somebody looks.
 */
#pragma once

#include <stddef.h>
#include <time.h>

#include "base/mem.h"
#include "proto/status.h"

/* A pending or valid one that has expired is expired; what ended otherwise stays what it is. */
enum authz_status authz_status_at(enum authz_status stored, time_t expires, time_t now);

struct order_facts {
	bool failed;      /* an error is stored with it */
	bool finalizing;  /* finalize was accepted */
	bool certified;   /* its certificate is stored */
	time_t expires;
	const enum authz_status *authzs; /* as they are now */
	size_t authz_count;
};

/* A certificate once stored makes the order valid for good; an expired order without one is invalid. */
enum order_status order_status_at(const struct order_facts *f, time_t now);

/* An order lives no longer than the first of its authorizations (ca.md 5.6). */
time_t order_expiry(time_t by_profile, const time_t *authz_expires, size_t count);
