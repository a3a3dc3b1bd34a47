/*
 * Every ceiling on what somebody else can make large: bytes, depth, count, time. One page, so that it can be audited.
 * Over a ceiling is ERR_LIMIT (or ERR_TIMEOUT), never truncation in silence.
 */
#pragma once

#define LIMIT_KIB(n) ((size_t)(n)*1024)
#define LIMIT_MIB(n) ((size_t)(n)*1024 * 1024)

/* text for people */
#define LIMIT_ERROR_TEXT LIMIT_KIB(16)
#define LIMIT_PROBLEM_DETAIL LIMIT_KIB(2)
#define LIMIT_PROBLEM_SUBPROBLEMS 100

/* JSON from a peer */
#define LIMIT_JSON_BYTES LIMIT_MIB(1)
#define LIMIT_JSON_DEPTH 32

/* HTTP messages */
#define LIMIT_HTTP_LINE LIMIT_KIB(8)
#define LIMIT_HTTP_HEADER_BYTES LIMIT_KIB(64)
#define LIMIT_HTTP_HEADER_COUNT 100
#define LIMIT_HTTP_BODY LIMIT_MIB(1)
#define LIMIT_HTTP_INTERIM_RESPONSES 8
#define LIMIT_HTTP_CHUNK_LINE 64
#define LIMIT_URL 2048

/* an OCSP response, with a certificate of who signed it */
#define LIMIT_OCSP_BODY LIMIT_KIB(64)

/* DNS messages */
#define LIMIT_DNS_MESSAGE LIMIT_KIB(64)
#define LIMIT_DNS_DATA LIMIT_KIB(64)
#define LIMIT_DNS_CHAIN 16              /* CNAMEs from the name asked to its records */
#define LIMIT_DNS_NAME_TEXT 1024        /* 255 bytes, each at most \DDD */
#define LIMIT_DNS_UDP 1232              /* what we ask for: passes every path unfragmented */
#define LIMIT_DNS_DATAGRAM LIMIT_KIB(4) /* what we take; longer ones are asked for by TCP */
#define LIMIT_DNS_STRAY 3               /* datagrams that are no answer, until we go by TCP */
#define LIMIT_DNS_SOCKETS 4096 /* questions on the wire at a time, from one resolver; more wait */
#define LIMIT_DNS_BURST \
	32 /* questions a millisecond: a server's socket holds some hundred datagrams */
#define LIMIT_DNS_RECURSIONS \
	16384 /* questions inside of libunbound, with those that nobody waits for; more wait */
#define LIMIT_DNS_SERVERS 16
#define LIMIT_DNS_TRIES 100

/* the ACME protocol */
#define LIMIT_NONCE 512
#define LIMIT_NONCE_POOL 32
#define LIMIT_BAD_NONCE_RETRIES 10
#define LIMIT_TOKEN 256
#define LIMIT_IDENTIFIERS 1000
#define LIMIT_CHALLENGES 64
#define LIMIT_CHAINS 16
#define LIMIT_ORDERS_PER_PAGE 100
#define LIMIT_CERTS_PER_STEP 100 /* read from the store at a time */
#define LIMIT_SERIAL_TRIES 8
#define LIMIT_CHAIN_CERTIFICATES 16
#define LIMIT_CHAIN_BYTES LIMIT_KIB(256)
#define LIMIT_JOBS 8         /* lineages renewed side by side */
#define LIMIT_CONNECTIONS 20 /* Let's Encrypt gives 20 new nonces a second */

/* time */
#define LIMIT_REQUEST_MS (45 * 1000)
#define LIMIT_CONNECT_MS (15 * 1000)
#define LIMIT_AUTHORIZE_MS (30 * 60 * 1000)
#define LIMIT_RETRY_AFTER_S (24 * 60 * 60)

/* local files and programs */
#define LIMIT_FILE LIMIT_MIB(1)
#define LIMIT_INI_VALUE LIMIT_KIB(64)
#define LIMIT_HOOK_OUTPUT LIMIT_MIB(1)
#define LIMIT_PATH LIMIT_KIB(4)
#define LIMIT_INCIDENTS_BYTES LIMIT_MIB(64)    /* of serial numbers and URLs, one a line */
#define LIMIT_BLOCKED_KEYS_BYTES LIMIT_MIB(64) /* of hex digests, one a line */
#define LIMIT_CRL_SHARDS 1024
#define LIMIT_NAME LIMIT_KIB(4)          /* a distinguished name, a key identifier */
#define LIMIT_CERTIFICATE LIMIT_KIB(512) /* 1000 names of 253 bytes fit */
#define LIMIT_CRL LIMIT_MIB(64)          /* 1.5 million revoked certificates */

/* the configuration of a web server */
#define LIMIT_SERVER_CONF_DEPTH 64           /* blocks, one in another */
#define LIMIT_SERVER_CONF_FILE LIMIT_MIB(32) /* 30,000 server blocks fit in */
#define LIMIT_SERVER_CONF_FILES 100000
#define LIMIT_SERVER_CONF_BYTES LIMIT_MIB(256) /* of all files */
#define LIMIT_SERVER_CONF_NESTED 32            /* files, one included by another */
#define LIMIT_SERVER_CONF_INCLUDED 1000000     /* a file counts as often as it is included */
#define LIMIT_APACHE_OUTPUT LIMIT_MIB(64)      /* what apachectl tells of its configuration */
#define LIMIT_APACHE_VALUE LIMIT_KIB(64)       /* arguments with their variables filled in */
#define LIMIT_SERVER_FILE LIMIT_MIB(64)
#define LIMIT_SERVER_PATHS LIMIT_MIB(16) /* a list of a checkpoint's */
#define LIMIT_SERVER_OUTPUT LIMIT_KIB(64)
#define LIMIT_SERVER_MS (30 * 1000) /* a test, a reload, a new generation */
#define LIMIT_RELOAD_MS (5 * 60 * 1000) /* until a master that is at work has taken its configuration */
#define LIMIT_UNNOTICED_MS (5 * 1000) /* that a master does nothing of what it was told, besides what its test takes */
#define LIMIT_SIGHT_MS (5 * 1000)   /* one look at what is served */
#define LIMIT_STARTTLS_LINES 100    /* of one answer of a mail server, before TLS */
#define LIMIT_PROOF_MS (10 * 1000)  /* until everything shows what it should */
#define LIMIT_PROOF_SEEN_MS 1000    /* the same, where the new workers have been seen */
#define LIMIT_DIFF_EDITS 1000       /* changed lines in one file; more are shown as one block */

/* the standalone responder */
#define LIMIT_SERVER_CONNECTIONS 256
#define LIMIT_SERVER_IDLE_MS (30 * 1000)

/* judging a challenge: what the judged server can make large */
#define LIMIT_VA_MS (20 * 1000)
#define LIMIT_VA_CONNECT_MS (10 * 1000) /* also for a TLS handshake */
#define LIMIT_VA_REDIRECTS 11           /* Boulder means 10 and follows 11 */
#define LIMIT_VA_REDIRECT_PATH 2000
#define LIMIT_VA_BODY 128        /* this many are too many */
#define LIMIT_VA_CODED_BODY 4096 /* packed */
#define LIMIT_VA_HEADER_BYTES LIMIT_KIB(16)
#define LIMIT_VA_RECORD_ENTRIES 1000
#define LIMIT_VA_ADDRESSES 20 /* of a family that are kept; the first is tried */
#define LIMIT_VA_OPEN 4096
#define LIMIT_VA_PER_ADDRESS 64
#define LIMIT_VA_PER_DOMAIN 256
#define LIMIT_VA_SLOW_MS 500 /* for perspectives that change nothing any more */
#define LIMIT_VA_PERSPECTIVES 32
#define LIMIT_VA_VERDICT LIMIT_MIB(1)

/* requests to the CA */
#define LIMIT_CA_BODY 50000 /* as Boulder has it */
#define LIMIT_CA_HEADER_BYTES LIMIT_KIB(16)
#define LIMIT_CA_ID 200 /* a segment of a path */
#define LIMIT_CA_AUTHORITY 260
#define LIMIT_CA_URL LIMIT_KIB(4) /* one that we write */
#define LIMIT_CA_CONTACT 320
#define LIMIT_CA_BUCKETS (1u << 18) /* of rate limits */
#define LIMIT_CA_OVERRIDES 100000
#define LIMIT_CA_ACCOUNT_KEYS 16384  /* kept in memory */
#define LIMIT_CA_ANSWER LIMIT_MIB(4) /* CRLs are lent */
#define LIMIT_CA_VERDICT_MS 100      /* so long the answer to a challenge waits for its verdict */
#define LIMIT_CA_VERDICTS 256        /* under way in a loop; with more of them no answer waits */

/* the CA's log */
#define LIMIT_LOG_LINE LIMIT_KIB(64)
#define LIMIT_LOG_WAITING LIMIT_KIB(32) /* of lines that are written together */

/* the CA's store */
#define LIMIT_STORE_BATCH 256  /* changes that share one sync */
#define LIMIT_STORE_LOOKS 1000 /* reads of them that are sent ahead */
#define LIMIT_STORE_QUEUE 10000
#define LIMIT_STORE_WAIT_MS \
	(5 * 1000) /* for another process, or for a server that does not answer */
#define LIMIT_STORE_RETRY_S 5
#define LIMIT_STORE_PURGE \
	100 /* objects of a kind that are dropped at once: nobody is kept waiting for long */
#define LIMIT_STORE_PURGE_LEAST 32 /* where these take long */
#define LIMIT_STORE_PURGE_MS 25    /* is long */
#define LIMIT_STORE_PURGE_PAUSE_MS 50
#define LIMIT_STORE_TEXT LIMIT_KIB(512) /* the names of an order: 1000 of 253 bytes */
