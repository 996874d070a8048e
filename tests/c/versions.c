/* Usage: versions VERSION. The names of statuses, and the version of the library. */
#include "check.h"

static const char *const NAMES[] = {
    "RTK_STATUS_OK",
    "RTK_STATUS_DONE",
    "RTK_STATUS_INVALID_ARGUMENT",
    "RTK_STATUS_CONNECTION",
    "RTK_STATUS_TIMEOUT",
    "RTK_STATUS_AUTHENTICATION",
    "RTK_STATUS_PERMISSION_DENIED",
    "RTK_STATUS_NOT_FOUND",
    "RTK_STATUS_RATE_LIMITED",
    "RTK_STATUS_SERVER",
    "RTK_STATUS_API",
    "RTK_STATUS_DECODE",
    "RTK_STATUS_CANCELLED",
    "RTK_STATUS_INTERNAL",
};
#define NAMES_COUNT ((rtk_status)(sizeof NAMES / sizeof *NAMES))

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    for (rtk_status status = 0; status < NAMES_COUNT; status++)
        CHECK_TEXT(rtk_status_name(status), NAMES[status]);
    CHECK(NAMES_COUNT == RTK_STATUS_INTERNAL + 1);

    static const rtk_status UNKNOWN[] = { -1, NAMES_COUNT, 255, 1000000, INT32_MAX, INT32_MIN };
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++)
        CHECK_TEXT(rtk_status_name(UNKNOWN[i]), "RTK_STATUS_UNKNOWN");

    char parts[64];
    snprintf(parts, sizeof parts, "%d.%d.%d", RTK_VERSION_MAJOR, RTK_VERSION_MINOR, RTK_VERSION_PATCH);
    CHECK_TEXT(rtk_version(), argv[1]);
    CHECK_TEXT(rtk_version(), RTK_VERSION);
    CHECK_TEXT(rtk_version(), parts);
    return 0;
}
