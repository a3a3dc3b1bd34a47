#include "bench.h"

int64_t bench_account(struct bench *b, const char *thumbprint)
{
	struct store_account_new a = {
		.jwk = "{}", .thumbprint = thumbprint, .contacts = "[]", .now = bench_now()
	};

	assert_outcome(b, STORE_DONE, store_account_create(b->store, bench_ask(b), &a));
	assert_int_equal(b->answer.account_count, 1);
	return b->answer.accounts[0].id;
}

void wish_release(struct wish *w)
{
	for (size_t i = 0; i < w->order.ident_count; i++) {
		ident_release(&w->idents[i].ident);
		strlist_release(&w->idents[i].offered);
	}
}

void bench_wish(struct bench *b, struct wish *w, int64_t account_id, const char *names)
{
	AUTO(strlist_release) struct strlist l = { 0 };

	(void)b;
	*w = (struct wish){ .order = { .account_id = account_id,
				       .profile = "classic",
				       .now = bench_now(),
				       .expires = bench_now() + 7 * 86400,
				       .authz_expires = bench_now() + 7 * 86400,
				       .reuse_order = true,
				       .reuse_authz_after = bench_now() + 3600 } };
	strlist_split(&l, names, ' ');
	assert_true(l.count <= ARRAY_LEN(w->idents));
	w->order.idents = w->idents;
	w->order.ident_count = l.count;
	for (size_t i = 0; i < l.count; i++) {
		w->idents[i].ident = (struct ident){ IDENT_DNS, xstrdup(l.items[i]) };
		w->idents[i].token = "token";
		strlist_add(&w->idents[i].offered, "http-01");
		strlist_add(&w->idents[i].offered, "dns-01");
	}
}

int64_t bench_order(struct bench *b, int64_t account_id, const char *names)
{
	AUTO(wish_release) struct wish w;

	bench_wish(b, &w, account_id, names);
	assert_outcome(b, STORE_DONE, store_order_create(b->store, bench_ask(b), &w.order));
	assert_int_equal(b->answer.order_count, 1);
	return b->answer.orders[0].id;
}

void bench_prove(struct bench *b, int64_t order_id)
{
	int64_t pending[8];
	size_t count = 0;

	assert_outcome(b, STORE_DONE, store_order_by_id(b->store, bench_ask(b), order_id));
	for (size_t i = 0; i < b->answer.orders[0].authz_count; i++)
		if (b->answer.orders[0].authzs[i].status == AUTHZ_PENDING)
			pending[count++] = b->answer.orders[0].authzs[i].id;
	for (size_t i = 0; i < count; i++) {
		struct store_verdict v = { .authz_id = pending[i],
					   .attempt = "http-01",
					   .valid = true,
					   .record = "[]",
					   .now = bench_now(),
					   .expires = bench_now() + 30 * 86400 };

		assert_outcome(b, STORE_DONE,
			       store_authz_begin(b->store, bench_ask(b), pending[i], "http-01",
						 bench_now()));
		assert_outcome(b, STORE_DONE, store_authz_judge(b->store, bench_ask(b), &v));
	}
}

void bench_finalize(struct bench *b, int64_t order_id, const char *serial)
{
	struct store_finalize f = {
		.order_id = order_id, .csr = "CSR", .csr_len = 3, .now = bench_now()
	};

	assert_outcome(b, STORE_DONE, store_order_by_id(b->store, bench_ask(b), order_id));
	struct idents names = b->answer.orders[0].idents;

	b->answer.orders[0].idents = (struct idents){ 0 };
	f.cert = (struct store_cert){ .serial = xstrdup(serial),
				      .issuer = xstrdup("i1"),
				      .profile = xstrdup("classic"),
				      .shard = 3,
				      .idents = names,
				      .spki_sha256 = "a key of exactly thirty-two byte",
				      .not_before = bench_now() - 3600,
				      .not_after = bench_now() + 90 * 86400 };
	assert_outcome(b, STORE_DONE, store_order_finalize(b->store, bench_ask(b), &f));
	store_cert_release(&f.cert);
}

int64_t bench_issue(struct bench *b, int64_t account_id, const char *names, const char *serial)
{
	int64_t id = bench_order(b, account_id, names);

	bench_prove(b, id);
	bench_finalize(b, id, serial);
	assert_outcome(b, STORE_DONE, store_order_certify(b->store, bench_ask(b), id, "DER", 3));
	return id;
}

enum order_status bench_order_status(struct bench *b, int64_t order_id)
{
	assert_outcome(b, STORE_DONE, store_order_by_id(b->store, bench_ask(b), order_id));
	return store_order_status(&b->answer.orders[0], bench_now());
}
