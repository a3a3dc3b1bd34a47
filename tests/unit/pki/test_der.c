#include "check.h"

#include "pki/der.h"

#define BYTES(s)                                          \
	{                                                 \
		(const unsigned char *)(s), sizeof(s) - 1 \
	}

static const struct {
	const char *what;
	struct der bytes;
	unsigned tag;
	bool good;
	size_t contents, rest;
} elements[] = {
	{ "empty", BYTES(""), 0x30, false, 0, 0 },
	{ "tag only", BYTES("\x30"), 0x30, false, 0, 0 },
	{ "no contents", BYTES("\x30\x00"), 0x30, true, 0, 0 },
	{ "another tag", BYTES("\x31\x00"), 0x30, false, 0, 0 },
	{ "something behind",
	  BYTES("\x04\x01"
		"ab"),
	  0x04, true, 1, 1 },
	{ "one byte short",
	  BYTES("\x04\x02"
		"a"),
	  0x04, false, 0, 0 },
	{ "indefinite", BYTES("\x30\x80\x00\x00"), 0x30, false, 0, 0 },
	{ "length not in its shortest form",
	  BYTES("\x04\x81\x01"
		"a"),
	  0x04, false, 0, 0 },
	{ "length with a leading zero",
	  BYTES("\x04\x82\x00\x81"
		"a"),
	  0x04, false, 0, 0 },
	{ "length of four bytes",
	  BYTES("\x04\x84\x01\x00\x00\x00"
		"a"),
	  0x04, false, 0, 0 },
	{ "length of all ones",
	  BYTES("\x04\xff"
		"a"),
	  0x04, false, 0, 0 },
	{ "length cut", BYTES("\x04\x82\x01"), 0x04, false, 0, 0 },
	{ "length beyond the end",
	  BYTES("\x04\x83\xff\xff\xff"
		"a"),
	  0x04, false, 0, 0 },
};

static void test_elements(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(elements); i++) {
		struct der in = elements[i].bytes;
		struct der contents = { 0 };

		if (der_take(&in, elements[i].tag, &contents) != elements[i].good)
			fail_msg("%s", elements[i].what);
		assert_int_equal(contents.len, elements[i].contents);
		assert_int_equal(in.len,
				 elements[i].good ? elements[i].rest : elements[i].bytes.len);
	}
}

static void test_high_tag(void **state)
{
	struct der in = BYTES("\x1f\x81\x01\x00");
	struct der contents;
	unsigned tag;

	(void)state;
	assert_false(der_any(&in, &tag, &contents));
	assert_int_equal(in.len, 4);
}

static const struct {
	struct der bytes;
	bool good;
	size_t len;
} numbers[] = {
	{ BYTES("\x02\x01\x00"), true, 1 },
	{ BYTES("\x02\x01\x7f"), true, 1 },
	{ BYTES("\x02\x02\x00\x80"), true, 1 },
	{ BYTES("\x02\x01\x80"), false, 0 },
	{ BYTES("\x02\x00"), false, 0 },
	{ BYTES("\x02\x02\x00\x7f"), false, 0 },
	{ BYTES("\x02\x03\x00\x00\x80"), false, 0 },
	{ BYTES("\x03\x01\x00"), false, 0 },
};

/* X.690 §8.3.2 */
static void test_unsigned(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct der in = numbers[i].bytes;
		struct der n = { 0 };

		assert_int_equal(der_unsigned(&in, &n), numbers[i].good);
		assert_int_equal(n.len, numbers[i].len);
		assert_int_equal(in.len, numbers[i].good ? 0 : numbers[i].bytes.len);
	}
}

static void test_bits(void **state)
{
	struct der good = BYTES("\x03\x02\x00\xff");
	struct der spare = BYTES("\x03\x02\x01\xfe");
	struct der none = BYTES("\x03\x00");
	struct der bits;

	(void)state;
	assert_true(der_bits(&good, &bits));
	assert_int_equal(bits.len, 1);
	assert_false(der_bits(&spare, &bits));
	assert_false(der_bits(&none, &bits));
}

/* RFC 5280 §4.1.2.5 */
static const struct {
	struct der bytes;
	bool good;
	long long seconds;
} times[] = {
	{ BYTES("\x17\x0d"
		"700101000000Z"),
	  true, 0 },
	{ BYTES("\x17\x0d"
		"491231235959Z"),
	  true, 2524607999 },
	{ BYTES("\x17\x0d"
		"500101000000Z"),
	  true, -631152000 },
	{ BYTES("\x18\x0f"
		"20500101000000Z"),
	  true, 2524608000 },
	{ BYTES("\x18\x0f"
		"99991231235959Z"),
	  true, 253402300799 },
	{ BYTES("\x17\x0d"
		"240229120000Z"),
	  true, 1709208000 },
	{ BYTES("\x17\x0d"
		"230229120000Z"),
	  false, 0 },
	{ BYTES("\x17\x0d"
		"231301000000Z"),
	  false, 0 },
	{ BYTES("\x17\x0d"
		"230001000000Z"),
	  false, 0 },
	{ BYTES("\x17\x0d"
		"230100000000Z"),
	  false, 0 },
	{ BYTES("\x17\x0d"
		"230132000000Z"),
	  false, 0 },
	{ BYTES("\x17\x0d"
		"230101240000Z"),
	  false, 0 },
	{ BYTES("\x17\x0d"
		"230101006000Z"),
	  false, 0 },
	{ BYTES("\x17\x0d"
		"230101000060Z"),
	  false, 0 },
	{ BYTES("\x17\x0b"
		"2301010000Z"),
	  false, 0 },
	{ BYTES("\x17\x11"
		"230101000000+0100"),
	  false, 0 },
	{ BYTES("\x17\x0d"
		"23010100000aZ"),
	  false, 0 },
	{ BYTES("\x18\x13"
		"20230101000000.000Z"),
	  false, 0 },
	{ BYTES("\x18\x0f"
		"00000101000000Z"),
	  false, 0 },
	{ BYTES("\x16\x0d"
		"230101000000Z"),
	  false, 0 },
};

static void test_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct der in = times[i].bytes;
		time_t t = 0;

		if (der_time(&in, &t) != times[i].good || t != times[i].seconds)
			fail_msg("%.*s: %lld", (int)times[i].bytes.len - 2,
				 (const char *)times[i].bytes.at + 2, (long long)t);
	}
}

static void test_optional_bool(void **state)
{
	struct der yes = BYTES("\x01\x01\xff");
	struct der absent = BYTES("\x04\x00");
	struct der odd = BYTES("\x01\x02\xff\xff");
	bool value = true;

	(void)state;
	assert_true(der_optional_bool(&absent, &value));
	assert_false(value);
	assert_true(der_optional_bool(&yes, &value));
	assert_true(value);
	assert_false(der_optional_bool(&odd, &value));
}

static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535, 65536 };

static void test_write_and_read(void **state)
{
	AUTO(free) char *zeros = xcalloc(1, 65536);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		AUTO(buf_release) struct buf b = BUF_INIT(70000);
		struct der contents;

		buf_addc(&b, 'x');
		der_add(&b, DER_OCTET_STRING, zeros, lengths[i]);
		struct der in = DER_OF(b.data + 1, b.len - 1);

		assert_true(der_take(&in, DER_OCTET_STRING, &contents));
		assert_int_equal(contents.len, lengths[i]);
		assert_int_equal(in.len, 0);
	}
}

static void test_write_too_much(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(10);

	(void)state;
	der_add(&b, DER_OCTET_STRING, "0123456789", 10);
	assert_refused(buf_check(&b, "the request"), ERR_LIMIT,
		       "the request is larger than 10 bytes");
	der_wrap(&b, 0, DER_SEQUENCE);
	assert_true(b.overflow);
}

static void test_write_numbers(void **state)
{
	AUTO(buf_release) struct buf b = BUF_INIT(64);

	(void)state;
	der_add_unsigned(&b, "\x80", 1);
	der_add_unsigned(&b, "\x7f", 1);
	der_add_bits(&b, "\xaa", 1);
	assert_int_equal(b.len, 4 + 3 + 4);
	assert_memory_equal(b.data, "\x02\x02\x00\x80\x02\x01\x7f\x03\x02\x00\xaa", b.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements),       cmocka_unit_test(test_high_tag),
		cmocka_unit_test(test_unsigned),       cmocka_unit_test(test_bits),
		cmocka_unit_test(test_times),          cmocka_unit_test(test_optional_bool),
		cmocka_unit_test(test_write_and_read), cmocka_unit_test(test_write_too_much),
		cmocka_unit_test(test_write_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
