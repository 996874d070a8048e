/* A deliberate fault, which valgrind must find: a text of an error is read after the error was freed. */
#include <participants.h>

int main(void)
{
    rtk_client *client = 0;
    rtk_error *err = 0;
    if (rtk_client_new(0, &client, &err) == RTK_STATUS_OK)
        return 1;
    const char *message = rtk_error_message(err);
    rtk_error_free(err);
    return message[0] == '\0';
}
