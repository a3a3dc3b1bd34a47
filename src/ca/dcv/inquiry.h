/* What dcv.c and attempt.c share. Inside of dcv/ only. */
#pragma once

#include "ca/dcv/dcv.h"
#include "va/va.h"

struct event;
struct vantages;

/* One question to the perspectives under way: an attempt at a challenge, or CAA alone. */
struct inquiry {
	struct dcv *dcv;
	struct inquiry *next, *previous;
	struct event *timer;
	/* an attempt */
	struct va_request request;
	int64_t authz_id, account_id;
	int64_t valid_s;
	bool known; /* to the store, or asked to be */
	bool running, judged, valid;
	char *problem, *record; /* JSON, as stored */
	struct store_asker told;
	struct event *patience; /* of who waits to be told */
	/* CAA */
	dcv_caa_fn *done;
	void *ctx;
};

struct dcv {
	struct ca_loop *loop;
	struct vantages *vantages;
	struct inquiry *first;
	size_t count;
};

/* Under way from now on. */
struct inquiry *inquiry_add(struct dcv *d, const struct store_authz *a,
			    const struct dcv_account *account);
/* Frees it. */
void inquiry_end(struct inquiry *q);
