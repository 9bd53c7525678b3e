-- The decision table, shared with a test of the runner: both answer each request alike.

local cjson = require("cjson")
local world = require("spec.world")

local function table_of_decisions()
    local file = assert(io.open("spec/decisions.json"))
    local text = file:read("*a")
    file:close()
    return cjson.decode(text)
end

local key_auth = world.key_auth

local CONSUMERS = {
    { username = "jack", plugins = key_auth("good-key") },
    {
        username = "anna",
        labels = { custom_id = "c-42" },
        credentials = { ["cred-1"] = key_auth("$secret://vault/prod/anna/key") },
    },
    { username = "twin1", plugins = key_auth("shared") },
    { username = "twin2", credentials = { x = key_auth("shared") } },
    { username = "guest" },
}

local function value_of(value)
    if type(value) == "table" then
        return value["repeat"]:rep(value.times)
    end
    -- An argument without a value, as nginx represents it.
    return value == cjson.null and true or value
end

local function pairs_of(list)
    local pairs_list = {}
    for i, pair in ipairs(list or {}) do
        pairs_list[i] = { pair[1], value_of(pair[2]) }
    end
    return pairs_list
end

local function refused(status, message)
    return { code = status, body = { message = message } }
end

local function answer_of(request)
    if not request.code then
        return { consumer = request.ctx.consumer_name }
    end
    return { code = request.code, body = request.body }
end

local function expected_answer(expect)
    if expect.consumer then
        return { consumer = expect.consumer }
    end
    return refused(expect.status, expect.message)
end

local OURS = { ["x-consumer-username"] = true, ["x-credential-identifier"] = true, ["x-consumer-custom-id"] = true }

local function check(request, expect, case)
    assert.is_true(request.done)
    assert.same(expected_answer(expect), answer_of(request))
    local realm = expect.realm and 'apikey realm="' .. expect.realm .. '"' or nil
    assert.equal(realm, request.answer_headers["WWW-Authenticate"])
    assert.equal(expect.status == 503 and "1" or nil, request.answer_headers["Retry-After"])
    if not expect.consumer then
        return
    end
    assert.same({ expect.consumer }, request.headers["x-consumer-username"])
    assert.same(expect.credential and { expect.credential } or nil, request.headers["x-credential-identifier"])
    assert.same(expect.custom_id and { expect.custom_id } or nil, request.headers["x-consumer-custom-id"])
    local hidden = {}
    for _, list in ipairs({ expect.hidden_headers or {}, expect.removed_headers or {} }) do
        for _, name in ipairs(list) do
            hidden[name:lower()] = true
        end
    end
    for _, pair in ipairs(case.headers or {}) do
        if not OURS[pair[1]:lower()] then
            assert.equal(not hidden[pair[1]:lower()], request.headers[pair[1]:lower()] ~= nil)
        end
    end
    hidden = {}
    for _, name in ipairs(expect.hidden_arguments or {}) do
        hidden[name] = true
    end
    for _, pair in ipairs(case.arguments or {}) do
        assert.equal(not hidden[pair[1]], request.arguments[pair[1]] ~= nil)
    end
end

describe("a request is decided as natively:", function()
    local w

    before_each(function()
        w = world.new()
        w:publish(CONSUMERS)
        w.runner:accepts("good-key", "jack")
        w.runner:accepts("anna-key", "anna", "cred-1")
        w.runner.answers.shared = { verdict = "refused", reason = "ambiguous_key" }
    end)

    local decisions = table_of_decisions()

    for _, case in ipairs(decisions.cases) do
        it(case.case, function()
            -- Asked, remembered, and asked again.
            for _ = 1, 2 do
                check(w:send({ headers = pairs_of(case.headers), arguments = pairs_of(case.arguments), conf = case.conf }),
                      case.expect, case)
            end
            w:advance(6)
            check(w:send({ headers = pairs_of(case.headers), arguments = pairs_of(case.arguments), conf = case.conf }),
                  case.expect, case)
        end)
    end

    for _, case in ipairs(decisions.while_a_credential_is_undecided) do
        it(case.case .. ", while a credential is undecided", function()
            w.runner.otherwise = { verdict = "unavailable", reason = "unresolved" }
            check(w:send({ headers = pairs_of(case.headers), conf = case.conf }), case.expect, case)
        end)

        it(case.case .. ", while a credential is undecided and the runner is to answer 401", function()
            w.runner.otherwise = { verdict = "refused", reason = "unresolved", ttl_ms = 0 }
            check(w:send({ headers = pairs_of(case.headers), conf = case.conf }), case.expect_if_unauthorized, case)
        end)
    end

    it("does not ask about a text that cannot be a key", function()
        for _, key in ipairs({ "", "$secret://vault/prod/anna/key", "$env://HOME", "$ENV://HOME", ("x"):rep(65537) }) do
            assert.equal(401, w:status(key))
        end
        w:send({ arguments = { { "apikey", true } } })
        w:send({ arguments = { { "apikey", "good-key" }, { "apikey", "good-key" } } })
        assert.equal(0, #w.runner.calls)
    end)
end)

describe("identity headers", function()
    local SPELLINGS = {
        "x-consumer_username", "x_consumer-username", "x_consumer_username",
        "x-credential_identifier", "x_credential-identifier", "x_credential_identifier",
        "x-consumer-custom_id", "x-consumer_custom-id", "x-consumer_custom_id", "x_consumer-custom-id", "x_consumer-custom_id",
        "x_consumer_custom-id", "x_consumer_custom_id",
    }

    local function sent_with(w, name)
        return w:send({ headers = { { name, "admin" }, { "apikey", "good-key" } } })
    end

    it("sent by a client are removed in each spelling, and no other headers are", function()
        local w = world.new()
        w:publish(CONSUMERS)
        w.runner:accepts("good-key", "jack")
        for _, name in ipairs(SPELLINGS) do
            local request = sent_with(w, name)
            assert.equal("jack", request.ctx.consumer_name)
            assert.is_nil(request.headers[name], name)
            assert.same({ "jack" }, request.headers["x-consumer-username"])
        end
        for _, name in ipairs({ "x_consumer_usernames", "consumer_username", "x_consumer_custom__id" }) do
            assert.same({ "admin" }, sent_with(w, name).headers[name])
        end
    end)
end)

describe("under multi-auth", function()
    local w

    before_each(function()
        w = world.new()
        w:publish(CONSUMERS)
    end)

    local function send(key, conf)
        return w:send({ key = key, conf = conf, ctx = { _plugin_name = "multi-auth" } })
    end

    it("a refusal gives the reason that native key-auth gives", function()
        assert.same({ message = "failed to find consumer: invalid api key" }, send("wrong").body)
    end)

    it("a missing consumer with a key gives its reason, too", function()
        w:publish({ { username = "guest" } })
        assert.same({ message = "failed to find consumer: Missing related consumer" }, send("wrong").body)
        assert.equal(0, #w.runner.calls)
    end)

    it("a missing anonymous consumer is reported as text", function()
        local request = send("wrong", { anonymous_consumer = "missing" })
        assert.equal(401, request.code)
        assert.equal("failed to get anonymous consumer missing", request.body)
    end)

    it("an unavailable runner leaves no header for the answer of another plugin", function()
        w.runner:stop()
        local request = send("good-key")
        assert.equal(503, request.code)
        assert.is_nil(request.answer_headers["Retry-After"])
    end)
end)

describe("the configuration", function()
    local w, core

    before_each(function()
        w = world.new()
        core = require("apisix.core")
    end)

    it("has the defaults of native key-auth and those of the memory", function()
        local conf = {}
        assert.is_true(w.plugin.check_schema(conf))
        assert.same({
            header = "apikey", query = "apikey", realm = "key", hide_credentials = false,
            verdict_ttl = 5, grace = 30, max_verdicts = 100000,
        }, conf)
    end)

    it("is refused where a consumer's key would be expected", function()
        local ok, err = w.plugin.check_schema({ key = "k" }, core.schema.TYPE_CONSUMER)
        assert.is_false(ok)
        assert.matches("a consumer's key belongs in key%-auth", err)
    end)

    for name, value in pairs({ verdict_ttl = -1, grace = -1, max_verdicts = 0, anonymous_consumer = "" }) do
        it("refuses " .. name .. " = " .. tostring(value), function()
            assert.is_false(w.plugin.check_schema({ [name] = value }))
        end)
    end
end)

describe("the attached consumer", function()
    it("is APISIX's own, with group and version, as limits and restrictions look for it", function()
        local w = world.new()
        w:publish({ { username = "jack", group_id = "gold", credentials = { k1 = key_auth("a"), k2 = key_auth("b") } } })
        w.runner:accepts("b", "jack", "k2")
        local ctx = w:send({ key = "b" }).ctx
        local conf = require("apisix.consumer").plugin("key-auth")
        assert.equal("jack", ctx.consumer_name)
        assert.equal("gold", ctx.consumer_group_id)
        assert.equal(conf.conf_version, ctx.consumer_ver)
        assert.equal("k2", ctx.consumer.credential_id)
        local same = false
        for _, node in ipairs(conf.nodes) do
            same = same or node == ctx.consumer
        end
        assert.is_true(same)
    end)
end)
