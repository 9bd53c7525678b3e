-- secret-inject: what it takes as configuration, what it sends to upstreams, and what it remembers.

local cjson = require("cjson")
local world = require("spec.world")

local NAME = "secret-inject"
local TOKEN = { headers = { Authorization = "Bearer ${secret://vault/prod/up/a/token}" } }
local OWN = { headers = { ["X-Own"] = "${secret://vault/prod/own/{consumer}/token}" } }
local ASKED = world.call("values", "")

local w, runner

local function known(name, values, ttl_ms)
    return {
        name = name,
        headers = values.headers or cjson.decode("{}"),
        query = values.query or cjson.decode("{}"),
        cookies = values.cookies or cjson.decode("{}"),
        ttl_ms = ttl_ms or 60000,
    }
end

local function bearer(token)
    return { headers = { Authorization = "Bearer " .. token } }
end

before_each(function()
    w = world.new(NAME)
    runner = w.runner
    runner.answers[ASKED] = known("1", bearer("t1"))
end)

local function send(conf, more)
    local options = { conf = conf or TOKEN, headers = {} }
    for name, value in pairs(more or {}) do
        options[name] = value
    end
    return w:send(options)
end

-- Sends a request and returns its header Authorization, or the code of a refusal.
local function sent()
    local request = send()
    return request.done and (request.code or request.headers.authorization[1]) or "waits"
end

-- Sends a first request and waits until the events are followed.
local function follow()
    assert.equal("Bearer t1", sent())
    w:advance(0.01)
    assert.equal("Bearer t1", sent())
    assert.equal("Bearer t1", sent())
    return #runner.calls
end

-- As apisix/secret.lua and apisix/core/env.lua (3.18): each string that begins so is replaced, nested ones too.
local function resolved_by_apisix(conf)
    local copy = {}
    for name, value in pairs(conf) do
        if type(value) == "table" then
            copy[name] = resolved_by_apisix(value)
        elseif type(value) == "string" and (value:sub(1, 10) == "$secret://" or value:sub(1, 6):upper() == "$ENV://") then
            copy[name] = "resolved by APISIX"
        elseif type(value) == "string" and value:sub(1, 7):upper() == "$ENV://" then
            copy[name] = "resolved by APISIX"
        else
            copy[name] = value
        end
    end
    return copy
end

describe("the configuration", function()
    it("has defaults and runs after all plugins that identify the consumer", function()
        local conf = { headers = { A = "${env://A}" } }
        assert.is_true(w.plugin.check_schema(conf))
        assert.equal(5, conf.value_ttl)
        assert.equal(30, conf.grace)
        assert.is_true(w.plugin.priority < 1000)
        assert.is_nil(w.plugin.type)
    end)

    it("is left alone by APISIX", function()
        local conf = {
            headers = { A = "${secret://vault/prod/a/b}", B = "Basic base64(${env://U}:${env://P})" },
            cookies = { c = "${env://C}" },
        }
        assert.is_true(w.plugin.check_schema(conf))
        assert.same(conf, resolved_by_apisix(conf))
    end)

    for _, value in ipairs({ "$secret://vault/prod/a/b", "$env://NAME", "$ENV://NAME", "Bearer $secret://vault/prod/a/b" }) do
        it("is refused with the remedy if APISIX could resolve it: " .. value, function()
            if value:sub(1, 1) == "$" then
                assert.equal("resolved by APISIX", resolved_by_apisix({ value })[1])
            end
            local ok, err = w.plugin.check_schema({ headers = { Authorization = value } })
            assert.is_false(ok)
            assert.matches("headers.Authorization: put the reference into braces, as ${secret://manager/id/path}", err, 1, true)
        end)
    end

    it("is refused without a reference, or without anything", function()
        local ok, err = w.plugin.check_schema({ query = { key = "canary-4711" } })
        assert.is_false(ok)
        assert.matches("query.key: holds no reference", err, 1, true)
        assert.is_nil(err:find("canary", 1, true))
        ok, err = w.plugin.check_schema({})
        assert.is_false(ok)
        assert.matches("names nothing to inject", err, 1, true)
    end)
end)

describe("a request", function()
    it("carries the values in place of what the client sent", function()
        runner.answers[ASKED] = known("1", {
            headers = { Authorization = "Bearer t1" }, query = { key = "k&1" }, cookies = { sid = "abc" },
        })
        local request = send(TOKEN, {
            headers = { { "authorization", "mine" }, { "Cookie", "a=1; sid=mine; b=2" } },
            arguments = { { "key", "mine" }, { "key", "again" }, { "x", "1" } },
        })
        assert.is_nil(request.code)
        assert.same({ "Bearer t1" }, request.headers.authorization)
        assert.same({ "a=1; b=2; sid=abc" }, request.headers.cookie)
        assert.same({ key = { "k&1" }, x = { "1" } }, request.arguments)
    end)

    it("is asked about with the configuration of its route, and nothing of the client", function()
        send(TOKEN, { ctx = { consumer_name = "jack" }, headers = { { "apikey", "canary" } } })
        assert.same({ headers = TOKEN.headers }, cjson.decode(runner.calls[1].fields[1]))
        assert.equal("", runner.calls[1].fields[2])
    end)

    it("is asked about with its consumer if a value depends on it", function()
        runner.answers[world.call("values", "jack")] = known("7", { headers = { ["X-Own"] = "of-jack" } })
        runner.answers[ASKED] = { unavailable = "inject_no_consumer" }
        local request = send(OWN, { ctx = { consumer_name = "jack" }, headers = { { "X-Consumer-Username", "jill" } } })
        assert.same({ "of-jack" }, request.headers["x-own"])
        request = send(OWN, { headers = { { "X-Consumer-Username", "jack" } } })
        assert.equal(503, request.code)
        assert.is_nil(request.headers["x-own"])
    end)

    for _, reason in ipairs({ "inject_unresolved", "inject_forbidden", "inject_illegal", "invalid" }) do
        it("is refused, never sent with the reference, if the runner says " .. reason, function()
            runner.answers[ASKED] = { unavailable = reason }
            local request = send()
            assert.equal(503, request.code)
            assert.same({ message = "A secret for the upstream is not available" }, request.body)
            assert.equal("1", request.answer_headers["Retry-After"])
            assert.is_nil(request.headers.authorization)
        end)
    end

    it("has no cookie of the client under an injected name, however it is spaced", function()
        runner.answers[ASKED] = known("1", { cookies = { sid = "abc" } })
        for _, header in ipairs({ "sid=evil", "sid =evil", "sid\t = evil", "\vsid\v=evil", "sid= sid=evil" }) do
            local request = send(TOKEN, { headers = { { "Cookie", "a=1; " .. header .. "; xsid =2" } } })
            local cookie = request.headers.cookie[1]
            assert.is_nil(cookie:find("sid%s*=%s*evil"), cookie)
            assert.matches("xsid =2; sid=abc", cookie, 1, true)
            assert.equal("a=1; ", cookie:sub(1, 5))
        end
    end)

    it("has no name of an injected cookie alone, which some upstreams take for a cookie", function()
        runner.answers[ASKED] = known("1", { cookies = { sid = "abc" } })
        for _, case in ipairs({
            { "sid", "sid=abc" }, { "a=1; sid", "a=1; sid=abc" }, { "sid ;a=1;\tsid; sid2; xsid", "a=1; sid2; xsid; sid=abc" },
        }) do
            local request = send(TOKEN, { headers = { { "Cookie", case[1] } } })
            assert.same({ case[2] }, request.headers.cookie)
        end
    end)

    it("is refused if the runner is away, or its answer is malformed", function()
        runner.answers[ASKED] = { name = "1", headers = { Authorization = 7 }, query = {}, cookies = {}, ttl_ms = 1 }
        assert.equal(503, sent())
        runner:stop()
        assert.equal(503, sent())
    end)
end)

describe("a worker", function()
    it("remembers values until an event names them", function()
        local asked = follow()
        w:advance(3)
        assert.equal("Bearer t1", sent())
        assert.equal(asked, #runner.calls)

        runner.answers[ASKED] = known("1", bearer("t2"))
        runner:tell({ sequence = runner.sequence, values = { "another" } })
        w:settle()
        assert.equal("Bearer t1", sent())
        runner:tell({ sequence = runner.sequence, values = { "1" } })
        w:settle()
        assert.equal("Bearer t2", sent())
    end)

    it("forgets all that it asked for under the name of an event", function()
        follow()
        local other = { headers = { Authorization = "${secret://vault/prod/up/a/token}" } }
        assert.same({ "Bearer t1" }, send(other).headers.authorization)
        assert.equal("Bearer t1", sent())
        runner.answers[ASKED] = known("1", bearer("t2"))
        runner:tell({ sequence = runner.sequence, values = { "1" } })
        w:settle()
        assert.equal("Bearer t2", sent())
        assert.same({ "Bearer t2" }, send(other).headers.authorization)
    end)

    it("forgets all values at an event about all", function()
        follow()
        runner.answers[ASKED] = known("1", bearer("t2"))
        runner:emit_all()
        w:settle()
        assert.equal("Bearer t2", sent())
        runner.answers[ASKED] = known("1", bearer("t3"))
        runner:tell({ sequence = runner.sequence, values = "all" })
        w:settle()
        assert.equal("Bearer t3", sent())
    end)

    it("does not remember an answer that an event overtook", function()
        follow()
        runner:tell({ sequence = runner.sequence, values = { "1" } })
        w:settle()
        runner.by_hand = true
        local request = send()
        local call = runner.calls[#runner.calls]
        runner:tell({ sequence = runner.sequence, values = { "1" } })
        w:settle()
        call.done = true
        runner:reply(call, runner:answer_to(call.key))
        w:settle()
        assert.is_true(request.done)
        runner.by_hand = false
        runner.answers[ASKED] = known("1", bearer("t2"))
        assert.equal("Bearer t2", sent())
    end)

    it("asks again after value_ttl, and not beyond the runner's own limit without an answer", function()
        runner.answers[ASKED] = known("1", bearer("t1"), 8000)
        local asked = follow()
        w:advance(6)
        assert.equal("Bearer t1", sent())
        assert.equal(asked + 1, #runner.calls)
        runner:stop()
        w:advance(7)
        assert.equal("Bearer t1", sent())
        w:advance(2)
        assert.equal(503, sent())
    end)

    it("serves what it knows for value_ttl and grace while the runner is away", function()
        follow()
        runner:stop()
        w:advance(30)
        assert.equal("Bearer t1", sent())
        w:advance(10)
        assert.equal(503, sent())
    end)

    it("serves what it knows while a new runner does not know yet, and nothing that the same runner took back", function()
        follow()
        runner:stop()
        w:advance(1)
        runner:start()
        runner.answers[ASKED] = { unavailable = "inject_unresolved" }
        w:advance(1)
        assert.equal("Bearer t1", sent())
        runner.answers[ASKED] = known("1", bearer("t2"))
        w:advance(6)
        assert.equal("Bearer t2", sent())
        runner.answers[ASKED] = { unavailable = "inject_unresolved" }
        w:advance(6)
        assert.equal(503, sent())
        assert.equal(503, sent())
    end)

    for _, reason in ipairs({ "inject_forbidden", "inject_illegal", "invalid" }) do
        it("serves nothing that a new runner ends with " .. reason, function()
            follow()
            runner:stop()
            w:advance(1)
            runner:start()
            runner.answers[ASKED] = { unavailable = reason }
            w:advance(1)
            assert.equal(503, sent())
            runner:stop()
            assert.equal(503, sent())
        end)
    end

    it("asks again if the connection to the events is newer than the question", function()
        follow()
        runner.by_hand = true
        runner:end_streams()
        w:settle()
        local request = send()
        local call = runner.calls[#runner.calls]
        w:advance(0.1)
        call.done = true
        runner:reply(call, runner:answer_to(call.key))
        w:settle()
        assert.same({ "Bearer t1" }, request.headers.authorization)
        runner.by_hand = false
        runner.answers[ASKED] = known("1", bearer("t2"))
        assert.equal("Bearer t2", sent())
    end)

    it("asks again after a new connection to the events, even if no number is missing", function()
        local asked = follow()
        runner:end_streams()
        w:advance(1)
        runner.answers[ASKED] = known("1", bearer("t2"))
        assert.equal("Bearer t2", sent())
        assert.equal(asked + 1, #runner.calls)
    end)

    it("asks once for many requests at a time", function()
        runner.by_hand = true
        local requests = {}
        for i = 1, 20 do
            requests[i] = send()
        end
        assert.equal(1, #runner.calls)
        runner.calls[1].done = true
        runner:reply(runner.calls[1], runner:answer_to(ASKED))
        w:settle()
        for _, request in ipairs(requests) do
            assert.same({ "Bearer t1" }, request.headers.authorization)
        end
    end)

    it("keeps no trace of questions of requests that are ended", function()
        -- Code that is compiled meanwhile takes memory, too.
        jit.off()
        finally(function()
            jit.on()
        end)
        local count = 0
        local function bytes_after(rounds)
            for _ = 1, rounds do
                runner.mute = true
                for _ = 1, 50 do
                    count = count + 1
                    send({ headers = { Authorization = ("Bearer ${secret://vault/prod/up/%d}"):format(count) } })
                end
                w:end_requests()
                runner.calls = {}
                w:advance(2.1)
            end
            runner.mute, runner.connections = false, {}
            -- The second one frees what the first one has finalized.
            collectgarbage()
            collectgarbage()
            return collectgarbage("count") * 1024
        end
        -- Tables have their final size after as many requests.
        local before = bytes_after(40)
        local each = (bytes_after(40) - before) / (40 * 50)
        -- A question alone would take 300.
        assert.is_true(each < 100, each .. " bytes")
    end)

    it("writes no value into its log", function()
        runner.answers[ASKED] = known("1", bearer("canary-9c1e"))
        assert.equal("Bearer canary-9c1e", sent())
        w:advance(0.01)
        runner.answers[ASKED] = { unavailable = "inject_illegal", problem = "headers.Authorization: the value holds a line break" }
        runner:tell({ sequence = runner.sequence, values = { "1" } })
        w:settle()
        assert.equal(503, sent())
        runner:stop()
        w:advance(60)
        assert.equal(503, sent())
        w:advance(20)
        local text = ""
        for _, line in ipairs(w.log) do
            text = text .. line.text .. "\n"
        end
        assert.matches("the value holds a line break", text, 1, true)
        assert.is_nil(text:find("canary", 1, true))
    end)
end)
