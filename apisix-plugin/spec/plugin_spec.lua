-- Loading and reloading of the plugin by APISIX, also with a missing file.

local world = require("spec.world")

local MODULES = "apisix.plugins.secret-key-auth."

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
            for _ in io.lines("apisix/plugins/secret-key-auth/" .. name:sub(#MODULES + 1) .. ".lua") do
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
    for _, module in ipairs({ "rewrite", "verdicts", "events", "log" }) do
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
end)
