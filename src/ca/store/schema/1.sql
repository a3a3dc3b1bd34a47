CREATE TABLE accounts (
	id %id,
	status BIGINT NOT NULL,
	jwk %text NOT NULL,
	thumbprint %text NOT NULL UNIQUE,
	contacts %text NOT NULL,
	eab %text NOT NULL,
	created BIGINT NOT NULL
);

CREATE TABLE orders (
	id %id,
	account_id BIGINT NOT NULL,
	asked BIGINT NOT NULL,
	profile %text NOT NULL,
	created BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	not_before BIGINT NOT NULL,
	not_after BIGINT NOT NULL,
	replaces %text NOT NULL,
	replaces_serial %text NOT NULL,
	error %text NOT NULL,
	serial %text NOT NULL,
	certified BIGINT NOT NULL,
	csr %bytes NOT NULL
);
CREATE INDEX orders_of_account ON orders (account_id, id);
CREATE INDEX orders_not_finalized ON orders (account_id, asked, id) WHERE serial = '';
CREATE INDEX orders_not_certified ON orders (id) WHERE serial <> '' AND certified = 0 AND error = '';
CREATE INDEX orders_expiry ON orders (expires);

CREATE TABLE authzs (
	id %id,
	account_id BIGINT NOT NULL,
	type BIGINT NOT NULL,
	value %text NOT NULL,
	wildcard BIGINT NOT NULL,
	status BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	kept BIGINT NOT NULL,
	profile %text NOT NULL,
	token %text NOT NULL,
	offered %text NOT NULL,
	attempt %text NOT NULL,
	validated BIGINT NOT NULL,
	error %text NOT NULL,
	record %text NOT NULL
);
CREATE INDEX authzs_valid ON authzs (account_id, value, type, wildcard, expires) WHERE status = 1;
CREATE INDEX authzs_under_way ON authzs (id) WHERE status = 0 AND attempt <> '';
CREATE INDEX authzs_expiry ON authzs (kept);

CREATE TABLE order_authzs (
	order_id BIGINT NOT NULL,
	position BIGINT NOT NULL,
	authz_id BIGINT NOT NULL,
	PRIMARY KEY (order_id, position)
) %keyed;

CREATE TABLE certificates (
	order_id %id,
	serial %text NOT NULL UNIQUE,
	account_id BIGINT NOT NULL,
	issuer %text NOT NULL,
	profile %text NOT NULL,
	shard BIGINT NOT NULL,
	names %text NOT NULL,
	spki %bytes NOT NULL,
	not_before BIGINT NOT NULL,
	not_after BIGINT NOT NULL,
	revoked BIGINT NOT NULL,
	reason BIGINT NOT NULL,
	der %bytes NOT NULL
);
CREATE INDEX certificates_of_key ON certificates (spki, serial);
CREATE INDEX certificates_revoked ON certificates (issuer, shard, serial) WHERE revoked > 0;
CREATE INDEX certificates_expiry ON certificates (not_after);

CREATE TABLE certificate_names (
	name %text NOT NULL,
	order_id BIGINT NOT NULL,
	PRIMARY KEY (name, order_id)
) %keyed;

CREATE TABLE replacements (
	serial %text NOT NULL PRIMARY KEY,
	order_id BIGINT NOT NULL
) %keyed;

CREATE TABLE eabs (
	kid %text NOT NULL PRIMARY KEY,
	mac_key %text NOT NULL,
	note %text NOT NULL,
	created BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	account_id BIGINT NOT NULL,
	revoked BIGINT NOT NULL
) %keyed;

CREATE TABLE blocked_keys (
	spki %bytes NOT NULL PRIMARY KEY,
	since BIGINT NOT NULL
) %keyed;

CREATE TABLE crl_numbers (
	issuer %text NOT NULL,
	shard BIGINT NOT NULL,
	number BIGINT NOT NULL,
	PRIMARY KEY (issuer, shard)
) %keyed;

CREATE TABLE checked (
	at BIGINT NOT NULL
);
INSERT INTO checked (at) VALUES (0);
