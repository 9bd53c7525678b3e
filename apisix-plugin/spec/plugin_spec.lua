-- Loading and reloading of the plugin by APISIX, also with a missing file.

local world = require("spec.world")

local MODULES = "apisix.plugins.secret-providers."

describe("the plugin", function()
    local w

    before_each(function()
        w = world.with_keys()
    end)

    local function preload(module, loader)
        package.preload[MODULES .. module] = loader
        finally(function()
            package.preload[MODULES .. module] = nil
        end)
    end

    local function modules()
        local found = {}
        for name in pairs(package.loaded) do
            if name:find(MODULES, 1, true) == 1 then
                table.insert(found, name)
            end
        end
        return found
    end

    it("has everything that APISIX requires of a plugin", function()
        assert.equal("secret-key-auth", w.plugin.name)
        assert.equal("auth", w.plugin.type)
        assert.equal(2501, w.plugin.priority)
        assert.equal("number", type(w.plugin.version))
        assert.equal("table", type(w.plugin.schema.properties))
    end)

    it("has no module above 350 lines", function()
        for _, name in ipairs(modules()) do
            local count = 0
            for _ in io.lines("apisix/plugins/secret-providers/" .. name:sub(#MODULES + 1) .. ".lua") do
                count = count + 1
            end
            assert.is_true(count <= 350, name .. ": " .. count .. " lines")
        end
    end)

    it("starts with an empty memory and one stream after a reload", function()
        assert.equal(200, w:status("key-1"))
        w:advance(0.01)
        assert.equal(200, w:status("key-1"))
        assert.equal(2, w.runner:calls_for("key-1"))
        w:reload()
        assert.equal(200, w:status("key-1"))
        assert.equal(3, w.runner:calls_for("key-1"))
        w:advance(1.1)
        local open = 0
        for _, connection in ipairs(w.runner.streams) do
            open = open + (connection.open and 1 or 0)
        end
        assert.equal(1, open)
        w:status("key-1")
        local calls = #w.runner.calls
        assert.equal(200, w:status("key-1"))
        assert.equal(calls, #w.runner.calls)
    end)

    it("has the code of all its files loaded again by a reload", function()
        local before = {}
        for _, name in ipairs(modules()) do
            before[name] = package.loaded[name]
        end
        assert.is_not_nil(before[MODULES .. "verdicts"])
        w:reload()
        for name, module in pairs(before) do
            assert.is_not_nil(package.loaded[name], name)
            assert.are_not.equal(module, package.loaded[name], name)
        end
    end)

    it("finds the real clock after each reload, whatever else declares the system's function", function()
        local ffi = require("ffi")
        ffi.cdef("int clock_gettime(const int *clock, const char *time);")
        local first = dofile("apisix/plugins/secret-providers/clock.lua")
        local begun = first.steady()
        local second = dofile("apisix/plugins/secret-providers/clock.lua")
        assert.is_true(begun > 0)
        assert.is_true(second.steady() >= begun)
        assert.is_true(first.steady() >= begun)
    end)

    it("follows the events before the first request, once for all plugins", function()
        w.plugin.init()
        w:load("secret-basic-auth").init()
        w:advance(0.01)
        assert.equal(1, #w.runner.streams)
        assert.equal(200, w:status("key-1"))
        assert.equal(200, w:status("key-1"))
        assert.equal(1, w.runner:calls_for("key-1"))
        assert.equal(1, #w.runner.streams)
    end)

    it("follows no events in the privileged agent, which has no requests", function()
        w.is_agent = true
        w.plugin.init()
        w:advance(10)
        assert.equal(0, #w.runner.streams)
    end)

    it("follows no events without its modules", function()
        preload("events", function()
            error("no such file")
        end)
        w:reload()
        w.plugin.init()
        w:advance(10)
        assert.equal(0, #w.runner.streams)
    end)

    it("lets a waiting request continue when it is reloaded", function()
        w.runner.by_hand = true
        local request = w:send({ key = "key-1" })
        w:reload()
        w.runner:resume()
        w:settle()
        assert.is_true(request.done)
        assert.is_nil(request.code)
    end)

    -- APISIX serves routes without a plugin that it cannot load: they would be open.
    for _, module in ipairs({ "key_auth", "verdicts", "events", "log", "shared", "phases" }) do
        it("answers 503 to each request if the module " .. module .. " cannot be loaded", function()
            preload(module, function()
                error("no such file")
            end)
            w:reload()
            assert.equal("secret-key-auth", w.plugin.name)
            local request = w:send({ key = "key-1" })
            assert.equal(503, request.code)
            assert.same({ message = "Credentials cannot be checked at the moment" }, request.body)
            assert.equal(503, w:status("key-1", { anonymous_consumer = "jill" }))
            assert.equal(503, w:send({}).code)
            local line = w.log[#w.log]
            assert.equal(ngx.ERR, line.level)
            assert.matches("its modules cannot be loaded", line.text, 1, true)
            assert.matches("no such file", line.text, 1, true)
        end)
    end

    for plugin, module in pairs({
        ["secret-basic-auth"] = "basic_auth", ["secret-jwt-auth"] = "jwt_auth", ["secret-hmac-auth"] = "hmac_auth",
    }) do
        it("is not affected by " .. plugin .. ", which answers 503 without its module", function()
            preload(module, function()
                error("no such file")
            end)
            w:load(plugin)
            local request = w:send({ plugin = plugin, headers = { { "Authorization", "x" } } })
            assert.equal(503, request.code)
            assert.same({ message = "Credentials cannot be checked at the moment" }, request.body)
            assert.matches(plugin .. ": its modules cannot be loaded", w.log[#w.log].text, 1, true)
            assert.equal(200, w:status("key-1"))
        end)

        it("shares its memory and the stream of events with " .. plugin, function()
            w:status("unknown")
            w:advance(0.01)
            assert.equal(200, w:status("key-1"))
            local before = modules()
            w:load(plugin)
            w:send({ plugin = plugin, headers = {} })
            w:advance(0.01)
            assert.equal(1, #w.runner.streams)
            assert.equal(200, w:status("key-1"))
            assert.equal(1, w.runner:calls_for("key-1"))
            assert.is_true(#modules() > #before)
            w:reload()
            assert.equal(200, w:status("key-1"))
            assert.equal(2, w.runner:calls_for("key-1"))
            w:advance(1.1)
            local open = 0
            for _, connection in ipairs(w.runner.streams) do
                open = open + (connection.open and 1 or 0)
            end
            assert.equal(1, open)
        end)
    end

    it("works again after a reload that finds the module", function()
        preload("verdicts", function()
            error("no such file")
        end)
        w:reload()
        assert.equal(503, w:status("key-1"))
        package.preload[MODULES .. "verdicts"] = nil
        w:reload()
        assert.equal(200, w:status("key-1"))
    end)

    it("remembers for routes that were checked without the module, as it does for others", function()
        preload("verdicts", function()
            error("no such file")
        end)
        w:reload()
        local conf = { grace = 0 }
        assert.is_true(w.plugin.check_schema(conf))
        assert.equal(503, w:send({ key = "key-1", checked = conf }).code)
        assert.is_nil(conf.verdict_ttl)
        package.preload[MODULES .. "verdicts"] = nil
        w:reload()
        assert.is_nil(w:send({ key = "key-1", checked = conf }).code)
        assert.equal(0, conf.grace)
        local checked = {}
        assert.is_true(w.plugin.check_schema(checked))
        assert.equal(checked.verdict_ttl, conf.verdict_ttl)
        assert.equal(checked.max_verdicts, conf.max_verdicts)
    end)
end)
