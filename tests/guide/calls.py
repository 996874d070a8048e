# Calls the functions of docs/guide.md, which come before this text. The arguments: the three ids, a URL that never
# answers, and a PEM file.
from libparticipants import CancelledError

ids, silent_url, pem = sys.argv[1:4], sys.argv[4], sys.argv[5]
client = impatient_client()
assert is_on_list(client, *ids, "user-41") is True
assert is_on_list(client, *ids, "nobody") is False
assert len(get_everyone(client, *ids)) == 342
assert len(get_if_exists(client, *ids)) == 342
assert get_if_exists(client, *ids[:2], "00000000-0000-4000-8000-000000000000") is None
assert asyncio.run(count(client, *ids[:2], [ids[2]])) == [342]
try:
    get_unless(Client(base_url=silent_url), *ids, lambda: True)
    raise AssertionError("not cancelled")
except CancelledError:
    pass
client_of_the_company("http://127.0.0.1:9", pem)
log_everything()
assert client.get_participants(*ids).is_complete
