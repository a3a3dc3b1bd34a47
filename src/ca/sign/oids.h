/* Object identifiers of certificates and CRLs (RFC 5280 §4.2, §5.2), contents octets. */
#pragma once

#include "pki/ext.h"

#define OID_SUBJECT_KEY_ID DER_LITERAL("\x55\x1d\x0e")
#define OID_KEY_USAGE DER_LITERAL("\x55\x1d\x0f")
#define OID_BASIC_CONSTRAINTS DER_LITERAL("\x55\x1d\x13")
#define OID_CRL_NUMBER DER_LITERAL("\x55\x1d\x14")
#define OID_CRL_REASON DER_LITERAL("\x55\x1d\x15")
#define OID_ISSUING_DISTRIBUTION_POINT DER_LITERAL("\x55\x1d\x1c")
#define OID_CRL_DISTRIBUTION_POINTS DER_LITERAL("\x55\x1d\x1f")
#define OID_CERTIFICATE_POLICIES DER_LITERAL("\x55\x1d\x20")
#define OID_EXTENDED_KEY_USAGE DER_LITERAL("\x55\x1d\x25")
#define OID_SERVER_AUTH DER_LITERAL("\x2b\x06\x01\x05\x05\x07\x03\x01")
#define OID_CA_ISSUERS DER_LITERAL("\x2b\x06\x01\x05\x05\x07\x30\x02")
#define OID_COMMON_NAME DER_LITERAL("\x55\x04\x03")
