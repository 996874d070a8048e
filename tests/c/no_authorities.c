/*
 * Usage: no_authorities. native_ca on a machine whose certificate authorities can't be read: the program replaces
 * functions of the C library.
 */
#define _GNU_SOURCE
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

int open64(const char *path, int flags, ...)
{
    (void)path, (void)flags;
    errno = EACCES;
    return -1;
}

DIR *opendir(const char *path)
{
    (void)path;
    errno = EACCES;
    return NULL;
}

static rtk_config *config_with_native_ca(void)
{
    rtk_config *config = config_for("https://127.0.0.1:9");
    CHECK_STATUS(rtk_config_set_native_ca(config, true), RTK_STATUS_OK);
    return config;
}

static void native_ca_is_refused(void)
{
    rtk_config *config = config_with_native_ca();
    rtk_client *client = GARBAGE;
    rtk_error *err = GARBAGE;
    CHECK_STATUS(rtk_client_new(config, &client, &err), RTK_STATUS_INVALID_ARGUMENT);
    CHECK(client == NULL);
    const char *why = "native_ca: the operating system has no authorities to trust";
    CHECK(strncmp(rtk_error_message(err), why, strlen(why)) == 0);
    rtk_error_free(err);
    rtk_config_free(config);
}

static void native_ca_can_be_reset_to_false(void)
{
    rtk_client_free(client_for("https://127.0.0.1:9"));
    rtk_config *config = config_with_native_ca();
    CHECK_STATUS(rtk_config_set_native_ca(config, false), RTK_STATUS_OK);
    rtk_client_free(client_with(config));
    CHECK_STATUS(rtk_config_set_native_ca(NULL, true), RTK_STATUS_INVALID_ARGUMENT);
}

int main(void)
{
    native_ca_is_refused();
    native_ca_can_be_reset_to_false();
    return 0;
}
