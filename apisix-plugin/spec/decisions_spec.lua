-- The decision table, shared with a test of the runner: both answer each request alike.

local tables = require("spec.tables")
local world = require("spec.world")

local key_auth = world.key_auth

local decisions = tables.read("decisions.json")
local CONSUMERS = tables.consumers(decisions)

describe("a request is decided as natively:", function()
    local w

    before_each(function()
        w = world.new()
        w:publish(CONSUMERS)
        w.runner:accepts("good-key", "jack")
        w.runner:accepts("anna-key", "anna", "cred-1")
        w.runner:accepts("still-key", "still")
        w.runner.answers.shared = { verdict = "refused", reason = "ambiguous_key" }
    end)

    local function check(case, expect)
        local request = w:send({
            headers = tables.pairs_of(case.headers), arguments = tables.pairs_of(case.arguments), conf = case.conf,
        })
        tables.check(case, expect, request, "apikey")
    end

    for _, case in ipairs(decisions.cases) do
        it(case.case, function()
            -- Asked, remembered, and asked again.
            check(case, case.expect)
            check(case, case.expect)
            w:advance(6)
            check(case, case.expect)
        end)
    end

    for _, case in ipairs(decisions.while_a_credential_is_undecided) do
        it(case.case .. ", while a credential is undecided", function()
            w.runner.otherwise = { verdict = "unavailable", reason = "unresolved" }
            check(case, case.expect)
        end)

        it(case.case .. ", while a credential is undecided and the runner is to answer 401", function()
            w.runner.otherwise = { verdict = "refused", reason = "unresolved", ttl_ms = 0 }
            check(case, case.expect_if_unauthorized)
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
            header = "apikey", query = "apikey", realm = "key", hide_credentials = false, bearer = false,
            verdict_ttl = 600, grace = 30, max_verdicts = 100000,
        }, conf)
    end)

    it("is refused where a consumer's key would be expected", function()
        local ok, err = w.plugin.check_schema({ key = "k" }, core.schema.TYPE_CONSUMER)
        assert.is_false(ok)
        assert.matches("a consumer's key belongs in key%-auth", err)
    end)

    it("refuses places of a key that are one", function()
        assert.is_false(w.plugin.check_schema({ headers = { "x-a", "APIKEY" } }))
        assert.is_false(w.plugin.check_schema({ bearer = true, header = "Authorization" }))
        assert.is_false(w.plugin.check_schema({ bearer = true, headers = { "authorization" } }))
        assert.is_true(w.plugin.check_schema({ bearer = true, headers = { "x-a" }, cookie = "k" }))
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

describe("a key in a further place", function()
    local CONF = { headers = { "x-a", "x-b" }, bearer = true, cookie = "key" }
    local w

    before_each(function()
        w = world.new()
        w:publish(CONSUMERS)
        w.runner:accepts("good-key", "jack")
        w.runner:accepts("anna-key", "anna", "cred-1")
    end)

    local function send(headers, arguments, more)
        local conf = {}
        for _, options in ipairs({ CONF, more or {} }) do
            for name, value in pairs(options) do
                conf[name] = value
            end
        end
        return w:send({ headers = headers, arguments = arguments, conf = conf })
    end

    it("is found, hidden there, and nowhere else", function()
        for _, place in ipairs({
            { "X-A", "good-key" }, { "x-b", "good-key" }, { "Authorization", "Bearer good-key" },
            { "Authorization", "bEARER  good-key" }, { "Cookie", "a=1; key=good-key" },
        }) do
            local request = send({ place })
            assert.equal("jack", request.ctx.consumer_name)
            assert.same({ place[2] }, request.headers[place[1]:lower()])
            request = send({ place }, { { "other", "1" } }, { hide_credentials = true })
            assert.same(place[1] == "Cookie" and { "a=1" } or nil, request.headers[place[1]:lower()])
            assert.same({ "1" }, request.arguments.other)
        end
    end)

    it("counts in the order of the places", function()
        local all = {
            { "apikey", "good-key" }, { "x-a", "wrong" }, { "x-b", "wrong" }, { "Authorization", "Bearer wrong" },
            { "Cookie", "key=wrong" },
        }
        assert.equal("jack", send(all, { { "apikey", "wrong" } }).ctx.consumer_name)
        for first = 2, 4 do
            local rest = { { all[first][1], (all[first][2]:gsub("wrong", "good-key")) }, unpack(all, first + 1) }
            assert.equal("jack", send(rest, { { "apikey", "wrong" } }).ctx.consumer_name)
        end
        assert.equal("jack", send({ all[5] }, { { "apikey", "good-key" } }).ctx.consumer_name)
        assert.equal(401, send({ all[5] }).code)
    end)

    it("is no other scheme than Bearer", function()
        for _, value in ipairs({ "Basic good-key", "good-key", "Bearer", "Bearergood-key" }) do
            assert.same({ message = "Missing API key in request" }, send({ { "Authorization", value } }).body)
        end
    end)

    it("does not count unless the route says so", function()
        local request = w:send({
            headers = { { "x-a", "good-key" }, { "Authorization", "Bearer good-key" }, { "Cookie", "key=good-key" } },
        })
        assert.same({ message = "Missing API key in request" }, request.body)
    end)

    it("is hidden everywhere from the anonymous consumer's upstream", function()
        local request = send({
            { "x-b", "wrong" }, { "Authorization", "Bearer x" }, { "Cookie", "key=y; b=2" },
        }, { { "apikey", "z" } }, { hide_credentials = true, anonymous_consumer = "guest" })
        assert.equal("guest", request.ctx.consumer_name)
        assert.is_nil(request.headers["x-b"])
        assert.is_nil(request.headers.authorization)
        assert.same({ "b=2" }, request.headers.cookie)
        assert.same({}, request.arguments)
    end)
end)
