-- secret-jwt-auth: where it finds a token, what it answers, and for how long it remembers a verdict.

local cjson = require("cjson")
local tables = require("spec.tables")
local world = require("spec.world")

local NAME = "secret-jwt-auth"

local w, runner

local function jwt_auth(key)
    return { ["jwt-auth"] = { key = key, secret = "$secret://vault/prod/jwt/secret" } }
end

local CONSUMERS = {
    { username = "jack", plugins = jwt_auth("jack-key") },
    { username = "anna", labels = { custom_id = "c-42" }, credentials = { c1 = jwt_auth("anna-key") } },
    { username = "guest" },
}

local function token(text, key_claim_name, claims)
    return world.call("jwt", text, key_claim_name or "key", claims or "")
end

before_each(function()
    w = world.new(NAME)
    runner = w.runner
    w:publish(CONSUMERS)
    runner:accepts(token("good.t.s"), "jack")
    runner:accepts(token("anna.t.s"), "anna", "c1")
    runner.otherwise = { verdict = "refused", reason = "not_verified" }
end)

local function send(text, conf, more)
    local options = { headers = { { "Authorization", text } }, conf = conf }
    for name, value in pairs(more or {}) do
        options[name] = value
    end
    return w:send(options)
end

local function status(text, conf)
    return send(text, conf).code or 200
end

local function assert_refused(request, message, realm)
    assert.equal(401, request.code)
    assert.same({ message = message }, request.body)
    assert.equal('Bearer realm="' .. (realm or "jwt") .. '"', request.answer_headers["WWW-Authenticate"])
end

describe("authentication by JWT", function()
    it("has the name, priority and defaults next to those of APISIX's own plugin", function()
        assert.equal(NAME, w.plugin.name)
        assert.equal("auth", w.plugin.type)
        assert.equal(2511, w.plugin.priority)
        local conf = {}
        assert.is_true(w.plugin.check_schema(conf))
        assert.same({
            header = "authorization", query = "jwt", cookie = "jwt", key_claim_name = "key", store_in_ctx = false,
            realm = "jwt", hide_credentials = false, verdict_ttl = 600, grace = 30, max_verdicts = 100000,
        }, conf)
        assert.is_false(w.plugin.check_schema({ claims_to_verify = { "iat" } }))
        assert.is_false(w.plugin.check_schema({}, require("apisix.core").schema.TYPE_CONSUMER))
    end)

    for name, text in pairs({ bare = "good.t.s", Bearer = "Bearer good.t.s", bearer = "bearer good.t.s" }) do
        it("takes the token from the header, " .. name, function()
            local request = send(text)
            assert.is_nil(request.code)
            assert.equal("jack", request.ctx.consumer_name)
            assert.same({ "good.t.s", "key", "" }, runner.calls[1].fields)
        end)
    end

    it("takes any other prefix as part of the token", function()
        assert.equal(401, status("BEARER good.t.s"))
        assert.same({ "BEARER good.t.s", "key", "" }, runner.calls[1].fields)
    end)

    it("looks in header, query and cookie, in this order", function()
        local request = w:send({ headers = {}, arguments = { { "jwt", "good.t.s" } } })
        assert.equal("jack", request.ctx.consumer_name)
        request = w:send({ headers = { { "Cookie", "a=1; jwt=anna.t.s; b=2" } } })
        assert.equal("anna", request.ctx.consumer_name)
        request = w:send({
            headers = { { "Authorization", "wrong" }, { "Cookie", "jwt=good.t.s" } },
            arguments = { { "jwt", "good.t.s" } },
        })
        assert_refused(request, "failed to verify jwt")
        request = w:send({ headers = { { "Cookie", "jwt=good.t.s" } }, arguments = { { "jwt", "wrong" } } })
        assert_refused(request, "failed to verify jwt")
    end)

    it("looks in the places that the route names", function()
        local conf = { header = "X-Token", query = "t", cookie = "c" }
        assert.is_nil(w:send({ headers = { { "x-token", "good.t.s" } }, conf = conf }).code)
        assert.is_nil(w:send({ headers = {}, arguments = { { "t", "good.t.s" } }, conf = conf }).code)
        assert.is_nil(w:send({ headers = { { "Cookie", "c=good.t.s" } }, conf = conf }).code)
        assert_refused(send("good.t.s", conf), "Missing JWT token in request")
    end)

    it("demands a token", function()
        assert_refused(w:send({ headers = {} }), "Missing JWT token in request")
        assert_refused(w:send({ headers = { { "Cookie", "other=1" } }, conf = { realm = "r" } }),
                       "Missing JWT token in request", "r")
    end)

    for reason, message in pairs({
        malformed_token = "JWT token invalid",
        missing_key_claim = "missing user key in JWT token",
        invalid_key = "Invalid user key in JWT token",
        ambiguous_key = "Invalid user key in JWT token",
        not_verified = "failed to verify jwt",
        a_reason_of_later_versions = "failed to verify jwt",
    }) do
        it("answers " .. message .. " for " .. reason .. ", asked, remembered and asked again", function()
            status("unknown")
            w:advance(0.01)
            runner.otherwise = { verdict = "refused", reason = reason }
            assert_refused(send("bad"), message)
            assert_refused(send("bad"), message)
            assert.equal(1, runner:calls_for(token("bad")))
            w:advance(1.1)
            assert_refused(send("bad"), message)
            assert.equal(2, runner:calls_for(token("bad")))
        end)
    end

    it("refuses without a question what cannot be a token", function()
        assert_refused(w:send({ headers = {}, arguments = { { "jwt", true } } }), "JWT token invalid")
        assert_refused(w:send({ headers = {}, arguments = { { "jwt", "good.t.s" }, { "jwt", "good.t.s" } } }),
                       "JWT token invalid")
        assert_refused(send(("x"):rep(131072)), "JWT token invalid")
        assert.equal(0, #runner.calls)
    end)

    it("answers what is wrong with the token even where no consumer has jwt-auth", function()
        w:publish({ { username = "guest" } })
        runner.otherwise = { verdict = "refused", reason = "malformed_token" }
        assert_refused(send("bad"), "JWT token invalid")
        assert_refused(send("good.t.s"), "Invalid user key in JWT token")
    end)

    it("lets the runner verify what the route demands", function()
        runner:accepts(token("good.t.s", "sub", "exp,nbf"), "anna", "c1")
        local conf = { key_claim_name = "sub", claims_to_verify = { "exp", "nbf" } }
        assert.equal("anna", send("good.t.s", conf).ctx.consumer_name)
        assert_refused(send("good.t.s", { claims_to_verify = { "exp" } }), "failed to verify jwt")
        assert.equal("jack", send("good.t.s").ctx.consumer_name)
        assert.equal("jack", send("good.t.s", { claims_to_verify = {} }).ctx.consumer_name)
    end)

    it("stores the payload for later plugins, if told so and the token is good", function()
        local payload = { key = "jack-key", sub = "ü?>", n = 1 }
        local text = "e30." .. world.base64(cjson.encode(payload)):gsub("=", ""):gsub("%+", "-"):gsub("/", "_") .. ".sig"
        runner:accepts(token(text), "jack")
        assert.same(payload, send("Bearer " .. text, { store_in_ctx = true }).ctx.jwt_auth_payload)
        assert.same(payload, send("Bearer " .. text, { store_in_ctx = true }).ctx.jwt_auth_payload)
        assert.is_nil(send("Bearer " .. text).ctx.jwt_auth_payload)
        runner.answers[token(text)] = nil
        assert.is_nil(send("Bearer " .. text, { store_in_ctx = true, verdict_ttl = 0 }).ctx.jwt_auth_payload)
    end)

    it("hides the token where it was found, also in a refusal and for the anonymous consumer", function()
        for _, conf in ipairs({ { hide_credentials = true }, { hide_credentials = true, anonymous_consumer = "guest" } }) do
            for _, text in ipairs({ "good.t.s", "wrong" }) do
                assert.is_nil(send(text, conf).headers.authorization)
                local request = w:send({ headers = {}, arguments = { { "jwt", text }, { "a", "1" } }, conf = conf })
                assert.same({ a = { "1" } }, request.arguments)
                request = w:send({ headers = { { "Cookie", "a=1; jwt=" .. text .. "; b=2" } }, conf = conf })
                assert.same({ "a=1; b=2" }, request.headers.cookie)
            end
        end
        assert.is_not_nil(send("good.t.s").headers.authorization)
    end)

    it("leaves the other places alone when it hides", function()
        local request = w:send({
            headers = { { "Authorization", "good.t.s" }, { "Cookie", "jwt=good.t.s" } },
            arguments = { { "jwt", "x" } },
            conf = { hide_credentials = true },
        })
        assert.is_nil(request.headers.authorization)
        assert.same({ "jwt=good.t.s" }, request.headers.cookie)
        assert.same({ jwt = { "x" } }, request.arguments)
    end)

    it("passes as the anonymous consumer, but not while the runner cannot be asked", function()
        local conf = { anonymous_consumer = "guest" }
        assert.equal("guest", w:send({ headers = {}, conf = conf }).ctx.consumer_name)
        assert.equal("guest", send("wrong", conf).ctx.consumer_name)
        assert_refused(send("wrong", { anonymous_consumer = "missing" }), "Invalid user authorization")
        runner:stop()
        assert.equal(503, send("unknown", conf).code)
    end)

    it("is unavailable while the runner does not know", function()
        runner.otherwise = { verdict = "unavailable", reason = "unresolved" }
        local request = send("unknown")
        assert.equal(503, request.code)
        assert.equal("1", request.answer_headers["Retry-After"])
        runner.otherwise = { verdict = "refused", reason = "unresolved", ttl_ms = 0 }
        assert_refused(send("unknown"), "Invalid user key in JWT token")
    end)
end)

describe("the header Cookie", function()
    -- Header, the token, and what is left.
    local cases = {
        { "jwt=t", "t", nil },
        { "jwt=t;", "t", nil },
        { "jwt=t; jwt=u", "u", nil },
        { "a=b c; jwt=t", "t", "a=b c" },
        { "jwt=t; a=1", "t", "a=1" },
        { "a=1;jwt=t;b=2", "t", "a=1;b=2" },
        { "a=1; jwt=t; b=2; jwt=u; c", "u", "a=1; b=2; c" },
        -- APISIX's jwt-auth damages these.
        { 'a="x y@z/=?"; jwt=t; b={"q":[1,2]}', "t", 'a="x y@z/=?"; b={"q":[1,2]}' },
        { "$Version=1; a=1; $Path=/; jwt=t.u-v_w", "t.u-v_w", "$Version=1; a=1; $Path=/" },
        { "xjwt=1; jwt=t; jwt2=2; a=jwt=3; JWT=4; jwt", "t", "xjwt=1; jwt2=2; a=jwt=3; JWT=4; jwt" },
        { "a=ä; jwt=t", "t", "a=ä" },
        { "a=1 jwt=t b=2", "t", "a=1 b=2" },
        { "a=; jwt=; b", "", "a=; b" },
        { "jwt=a=b", "a=b", nil },
        { "xjwt=1", nil, "xjwt=1" },
        { "", nil, nil },
    }
    for _, case in ipairs(cases) do
        it("shows the token, and keeps all others: " .. case[1], function()
            local cookies = require("apisix.plugins.secret-providers.cookies")
            assert.equal(case[2], cookies.value(case[1], "jwt"))
            assert.equal(case[3], cookies.without(case[1], "jwt"))
        end)
    end

    it("counts as one where there are several, as HTTP/2 sends them", function()
        local request = w:send({
            headers = { { "Cookie", "a=1" }, { "Cookie", "jwt=good.t.s" }, { "Cookie", "b=2" } },
            conf = { hide_credentials = true },
        })
        assert.is_nil(request.code)
        assert.same({ "a=1; b=2" }, request.headers.cookie)
    end)

    it("is left with what it had where the name is a pattern", function()
        local cookies = require("apisix.plugins.secret-providers.cookies")
        assert.equal("abc=1", cookies.without("abc=1; a.c=2", "a.c"))
    end)
end)

describe("a worker remembers a token", function()
    -- Follows the events.
    before_each(function()
        status("unknown")
        w:advance(0.01)
        runner.calls = {}
    end)

    it("for verdict_ttl", function()
        w.conf = { verdict_ttl = 5 }
        assert.equal(200, status("good.t.s"))
        assert.equal(200, status("Bearer good.t.s"))
        assert.equal(1, #runner.calls)
        w:advance(5.1)
        assert.equal(200, status("good.t.s"))
        assert.equal(2, #runner.calls)
    end)

    it("never beyond its own end, not even for grace", function()
        runner:accepts(token("good.t.s"), "jack", nil, 3000)
        local patient = { verdict_ttl = 3600, grace = 3600 }
        assert.equal(200, status("good.t.s", patient))
        w:advance(2.9)
        assert.equal(200, status("good.t.s", patient))
        assert.equal(1, #runner.calls)
        runner.answers[token("good.t.s")] = nil
        w:advance(0.2)
        assert.equal(401, status("good.t.s", patient))

        runner:accepts(token("anna.t.s"), "anna", "c1", 3000)
        assert.equal(200, status("anna.t.s", patient))
        runner:stop()
        w:advance(2.8)
        assert.equal(200, status("anna.t.s", patient))
        w:advance(0.3)
        assert.equal(503, status("anna.t.s", patient))
    end)

    it("by its route's demands, too", function()
        assert.equal(200, status("good.t.s"))
        assert.equal(401, status("good.t.s", { key_claim_name = "sub" }))
        assert.equal(401, status("good.t.s", { claims_to_verify = { "exp" } }))
        assert.equal(200, status("good.t.s"))
        assert.equal(3, #runner.calls)
    end)

    it("so that no other token and claim with the same letters is it", function()
        runner:accepts(token("abc", "de"), "jack")
        assert.equal(200, status("abc", { key_claim_name = "de" }))
        assert.equal(401, status("ab", { key_claim_name = "cde" }))
        assert.equal(401, status("abcd", { key_claim_name = "e" }))
        assert.equal(3, #runner.calls)
    end)

    it("apart from user names and passwords of the same bytes", function()
        runner:accepts(world.call("jwt", "u", "p", ""), "jack")
        w:publish({ { username = "jack", plugins = { ["jwt-auth"] = {}, ["basic-auth"] = {} } } })
        assert.equal(200, status("u", { key_claim_name = "p" }))
        local request = w:send({
            plugin = "secret-basic-auth", headers = { { "Authorization", "Basic " .. world.base64("u:p") } },
        })
        assert.equal(401, request.code)
    end)

    it("until an event for its credential", function()
        assert.equal(200, status("anna.t.s"))
        assert.equal(200, status("good.t.s"))
        runner.answers[token("anna.t.s")] = nil
        runner:emit("anna/c1")
        assert.equal(401, status("anna.t.s"))
        assert.equal(200, status("good.t.s"))
        assert.equal(3, #runner.calls)
    end)

    it("that is not yet valid no longer than until it is", function()
        runner.answers[token("early")] = { verdict = "refused", reason = "not_verified", ttl_ms = 300 }
        assert.equal(401, status("early"))
        runner:accepts(token("early"), "jack")
        w:advance(0.3)
        assert.equal(200, status("early"))
    end)

    it("through an outage, for grace", function()
        assert.equal(200, status("good.t.s"))
        runner:stop()
        w:advance(29)
        assert.equal(200, status("good.t.s"))
        w:advance(6)
        assert.equal(503, status("good.t.s"))
    end)

    it("without a trace of it in the log", function()
        runner.otherwise = { verdict = "refused", reason = "malformed_token" }
        send("the-secret-token")
        runner:stop()
        send("the-secret-token-2")
        w:advance(1)
        assert.is_true(#w.log > 0)
        for _, line in ipairs(w.log) do
            assert.is_nil(line.text:find("the-secret-token", 1, true))
        end
    end)
end)

-- The races of key-auth, for verdicts that also have an end of their own.
describe("in a race a worker", function()
    before_each(function()
        status("unknown")
        w:advance(0.01)
        runner.by_hand = true
    end)

    it("does not keep a verdict from before an event that arrived first", function()
        local request = send("good.t.s")
        local before = runner:answer_to(token("good.t.s"))
        runner:emit("jack")
        w:settle()
        runner:reply(runner.calls[#runner.calls], before)
        w:settle()
        assert.is_true(request.done)
        runner.by_hand = false
        runner.answers[token("good.t.s")] = nil
        assert.equal(401, status("good.t.s"))
    end)

    it("does not keep a refusal from before an event", function()
        local request = send("new")
        local before = runner:answer_to(token("new"))
        runner:accepts(token("new"), "jack")
        runner:emit("jack")
        w:settle()
        runner:reply(runner.calls[#runner.calls], before)
        w:settle()
        assert.equal(401, request.code)
        runner.by_hand = false
        assert.equal(200, status("new"))
    end)

    it("counts the token's end from the question, not from a late answer", function()
        runner:accepts(token("good.t.s"), "jack", nil, 1000)
        local patient = { verdict_ttl = 3600, grace = 3600 }
        send("good.t.s", patient)
        w:advance(0.9)
        runner:resume()
        w:settle()
        runner.by_hand = false
        runner.answers[token("good.t.s")] = nil
        w:advance(0.2)
        assert.equal(401, status("good.t.s", patient))
    end)
end)

-- The table that the runner's own tests share. The runner here knows what the case expects of it.
describe("a request is decided as natively:", function()
    local decisions = tables.read("decisions-jwt.json")
    local REASONS = {
        ["JWT token invalid"] = "malformed_token",
        ["missing user key in JWT token"] = "missing_key_claim",
        ["Invalid user key in JWT token"] = "invalid_key",
        ["failed to verify jwt"] = "not_verified",
    }

    before_each(function()
        w:publish(tables.consumers(decisions))
    end)

    local function text_of(value)
        return (value.with_tokens:gsub("{(.-)}", decisions.tokens))
    end

    for _, case in ipairs(decisions.cases) do
        it(case.case, function()
            local expect = case.expect
            if expect.consumer and not expect.anonymous then
                runner.otherwise = { verdict = "accepted", consumer = expect.consumer, credential = expect.credential }
            else
                runner.otherwise = { verdict = "refused", reason = expect.reason or REASONS[expect.message] or "not_verified" }
            end
            -- Asked, and remembered.
            for _ = 1, 2 do
                local request = w:send({
                    headers = tables.pairs_of(case.headers, text_of), arguments = tables.pairs_of(case.arguments, text_of),
                    conf = case.conf,
                })
                tables.check(case, expect, request, "Bearer")
                w:advance(0.01)
            end
        end)
    end
end)
