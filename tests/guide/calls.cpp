// Calls the functions of docs/guide.md, which come before this text. The arguments: the three ids, a URL that never
// answers, and a PEM file.
#include <cassert>

int main(int argc, char **argv) {
    assert(argc == 6);
    const std::string account = argv[1], app = argv[2], meeting = argv[3];
    const rtk::Client client = impatient_client();
    assert(is_on_list(client, account, app, meeting, "user-41") == true);
    assert(is_on_list(client, account, app, meeting, "nobody") == false);
    assert(get_everyone(client, account, app, meeting).size() == 342);
    assert(get_if_exists(client, account, app, meeting)->size() == 342);
    assert(!get_if_exists(client, account, app, "00000000-0000-4000-8000-000000000000"));
    const rtk::Client silent(rtk::Config().base_url(argv[4]));
    try {
        get_unless(silent, account, app, meeting, [] { return true; });
        assert(false);
    } catch (const rtk::CancelledError &) {
    }
    client_of_the_company("http://127.0.0.1:9", argv[5]);
    assert(client_that_logs().get_participants(account, app, meeting).is_complete());
}
