#include "ca/jws/nonce.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "jose/base64url.h"
#include "jose/openssl.h"
#include "proto/problem.h"

enum {
	KEY_BYTES = 16,
	IV_BYTES = 12,
	PLAIN_BYTES = 16,
	TAG_BYTES = 16,
	TAG_AT = IV_BYTES + PLAIN_BYTES,
	SEALED_BYTES = TAG_AT + TAG_BYTES,
};

struct content {
	uint64_t counter;
	int64_t issued; /* seconds */
};
static_assert(sizeof(struct content) == PLAIN_BYTES, "a nonce's content has no holes");

struct nonces {
	const struct world *world;
	pthread_mutex_t lock; /* of what follows */
	EVP_CIPHER_CTX *sealer,
		*opener; /* by a key of this process: another one's nonces do not open */
	uint64_t next;
	uint64_t window;
	unsigned char *redeemed; /* a bit a slot, counter % window */
};

/* To set a cipher up costs more than what it does for a nonce: that is done once. */
static struct err *make_ciphers(struct nonces *n)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	unsigned char key[KEY_BYTES];

	n->world->random->bytes(n->world->random, key, sizeof(key));
	n->sealer = EVP_CIPHER_CTX_new();
	n->opener = EVP_CIPHER_CTX_new();
	bool good = EVP_EncryptInit_ex2(n->sealer, cipher, key, NULL, NULL) == 1 &&
		    EVP_DecryptInit_ex2(n->opener, cipher, key, NULL, NULL) == 1;

	EVP_CIPHER_free(cipher);
	OPENSSL_cleanse(key, sizeof(key));
	return good ? NULL : openssl_err("AES-GCM for nonces");
}

struct err *nonces_new(struct nonces **out, const struct world *world, size_t window)
{
	AUTO(nonces_free) struct nonces *n = xcalloc(1, sizeof(*n));

	n->world = world;
	n->window = window > 0 ? window : NONCE_WINDOW;
	n->redeemed = xcalloc((size_t)n->window / 8 + 1, 1);
	(void)pthread_mutex_init(&n->lock, NULL);
	TRY(make_ciphers(n));
	*out = MOVE(n);
	return NULL;
}

void nonces_free(struct nonces *n)
{
	if (n == NULL)
		return;
	EVP_CIPHER_CTX_free(n->sealer);
	EVP_CIPHER_CTX_free(n->opener);
	(void)pthread_mutex_destroy(&n->lock);
	free(n->redeemed);
	free(n);
}

/* --- sealing: IV, ciphertext, tag; random IVs, so that a nonce does not tell how many there were --- */

/* The lock is held, by unseal() too. */
static bool seal(unsigned char sealed[SEALED_BYTES], const struct nonces *n,
		 const struct content *c)
{
	unsigned char plain[PLAIN_BYTES];
	int len = 0;

	memcpy(plain, c, sizeof(plain));
	return EVP_EncryptInit_ex2(n->sealer, NULL, NULL, sealed, NULL) == 1 &&
	       EVP_EncryptUpdate(n->sealer, sealed + IV_BYTES, &len, plain, PLAIN_BYTES) == 1 &&
	       EVP_EncryptFinal_ex(n->sealer, sealed + TAG_AT, &len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(n->sealer, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, sealed + TAG_AT) ==
		       1;
}

static bool unseal(struct content *c, const struct nonces *n, unsigned char sealed[SEALED_BYTES])
{
	unsigned char plain[PLAIN_BYTES];
	int len = 0;

	if (EVP_DecryptInit_ex2(n->opener, NULL, NULL, sealed, NULL) != 1 ||
	    EVP_DecryptUpdate(n->opener, plain, &len, sealed + IV_BYTES, PLAIN_BYTES) != 1 ||
	    EVP_CIPHER_CTX_ctrl(n->opener, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, sealed + TAG_AT) !=
		    1 ||
	    EVP_DecryptFinal_ex(n->opener, plain + len, &len) != 1)
		return false;
	memcpy(c, plain, sizeof(plain));
	return true;
}

/* --- counting --- */

static unsigned char *slot(const struct nonces *n, uint64_t counter, unsigned char *bit)
{
	uint64_t at = counter % n->window;

	*bit = (unsigned char)(1u << (at % 8));
	return &n->redeemed[at / 8];
}

/* The slot was that of a counter which leaves the window now. */
static uint64_t next_counter(struct nonces *n)
{
	unsigned char bit = 0;
	uint64_t counter = n->next++;
	unsigned char *byte = slot(n, counter, &bit);

	*byte = (unsigned char)(*byte & ~bit);
	return counter;
}

static bool mark(struct nonces *n, uint64_t counter)
{
	unsigned char bit = 0;
	bool known = counter < n->next && n->next - counter <= n->window;
	unsigned char *byte = slot(n, counter, &bit);
	bool first = known && (*byte & bit) == 0;

	if (first)
		*byte = (unsigned char)(*byte | bit);
	return first;
}

struct err *nonces_issue(char **out, struct nonces *n)
{
	const struct rand_source *random = n->world->random;
	struct content c = { .issued = (int64_t)world_now(n->world) };
	unsigned char sealed[SEALED_BYTES];

	random->bytes(random, sealed, IV_BYTES);
	(void)pthread_mutex_lock(&n->lock);
	c.counter = next_counter(n);
	bool good = seal(sealed, n, &c);

	(void)pthread_mutex_unlock(&n->lock);
	if (!good)
		return openssl_err("sealing a nonce");
	*out = base64url_encode(sealed, sizeof(sealed));
	return NULL;
}

/* Ours, not too old, and for the first time. */
static bool is_good(struct nonces *n, unsigned char sealed[SEALED_BYTES])
{
	struct content c = { 0 };
	int64_t now = (int64_t)world_now(n->world);

	(void)pthread_mutex_lock(&n->lock);
	bool good = unseal(&c, n, sealed) && now - c.issued <= NONCE_SECONDS && mark(n, c.counter);

	(void)pthread_mutex_unlock(&n->lock);
	if (!good)
		ERR_clear_error();
	return good;
}

static bool decode(unsigned char sealed[SEALED_BYTES], const char *text)
{
	AUTO(buf_release) struct buf b = BUF_INIT(SEALED_BYTES);
	AUTO(err_free) struct err *e = base64url_decode(&b, text, strlen(text));

	if (e != NULL || b.overflow || b.len != SEALED_BYTES)
		return false;
	memcpy(sealed, b.data, SEALED_BYTES);
	return true;
}

struct err *nonces_redeem(struct nonces *n, const char *text)
{
	unsigned char sealed[SEALED_BYTES];

	if (text == NULL)
		return problem_new("badNonce", "JWS has no anti-replay nonce");
	if (!decode(sealed, text))
		return problem_new("badNonce", "JWS has a malformed anti-replay nonce");
	if (!is_good(n, sealed))
		return problem_new("badNonce", "JWS has an invalid anti-replay nonce: \"%s\"",
				   text);
	return NULL;
}
