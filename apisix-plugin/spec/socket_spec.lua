-- Where the plugins look for the runner's socket.

local cjson = require("cjson.safe")
local world = require("spec.world")

local RUNNER = "/run/runner.sock"

describe("the runner's socket", function()
    local w

    before_each(function()
        w = world.with_keys()
    end)

    -- Loads the plugins with these attributes in config.yaml, and with another socket of ext-plugin.
    local function with(attributes, of_ext_plugin)
        w.ngx.shared.gateway:set("socket", of_ext_plugin or "/run/other.sock")
        w.ngx.shared.gateway:set("plugin_attr", cjson.encode(attributes))
        w:reload()
    end

    local function last_line()
        return w.log[#w.log].text
    end

    it("is that of ext-plugin if no plugin names one", function()
        assert.equal(200, w:status("key-1"))
        with({ prometheus = { export_uri = "/metrics" } }, RUNNER)
        assert.equal(200, w:status("key-1"))
        with({ ["secret-key-auth"] = {} }, RUNNER)
        assert.equal(200, w:status("key-1"))
        -- Without connections that were kept: APISIX does not look for ext-plugin's socket twice.
        w = world.with_keys()
        with({})
        assert.equal(503, w:status("key-1"))
    end)

    for _, plugin in ipairs({ "secret-key-auth", "secret-basic-auth", "secret-jwt-auth", "secret-hmac-auth", "secret-inject" }) do
        it("is the one that plugin_attr." .. plugin .. " names, for all plugins", function()
            with({ [plugin] = { socket = RUNNER } })
            assert.equal(200, w:status("key-1"))
            with({ [plugin] = { socket = "unix:" .. RUNNER } })
            assert.equal(200, w:status("key-1"))
        end)
    end

    it("has the stream of events next to it", function()
        with({ ["secret-key-auth"] = { socket = RUNNER } })
        w:status("unknown")
        w:advance(0.01)
        assert.equal(200, w:status("key-1"))
        assert.equal(200, w:status("key-1"))
        assert.equal(1, w.runner:calls_for("key-1"))
    end)

    it("may be named by several plugins alike", function()
        with({ ["secret-key-auth"] = { socket = RUNNER }, ["secret-inject"] = { socket = "unix:" .. RUNNER } })
        assert.equal(200, w:status("key-1"))
    end)

    it("is another one after a reload, and no connection to the earlier one is used", function()
        assert.equal(200, w:status("key-1"))
        with({ ["secret-key-auth"] = { socket = "/run/unused.sock" } })
        assert.equal(503, w:status("key-1"))
        with({ ["secret-key-auth"] = { socket = RUNNER } })
        assert.equal(200, w:status("key-1"))
    end)

    local long = "/" .. ("x"):rep(100)
    for name, case in pairs({
        ["a list in place of a map"] = { { ["secret-key-auth"] = RUNNER }, "plugin_attr.secret-key-auth in config.yaml: expected a map" },
        ["an unknown field"] = {
            { ["secret-key-auth"] = { sockets = RUNNER } },
            "plugin_attr.secret-key-auth.sockets in config.yaml: unknown field; the only one is socket",
        },
        ["a number"] = { { ["secret-inject"] = { socket = 7 } }, "plugin_attr.secret-inject.socket in config.yaml: expected a text" },
        ["a relative path"] = {
            { ["secret-jwt-auth"] = { socket = "run/runner.sock" } },
            "plugin_attr.secret-jwt-auth.socket in config.yaml: 'run/runner.sock' is not an absolute path",
        },
        ["a directory"] = { { ["secret-key-auth"] = { socket = "/run/" } }, "'/run/' is not an absolute path" },
        ["nothing"] = { { ["secret-key-auth"] = { socket = "" } }, "'' is not an absolute path" },
        ["an address of another kind"] = {
            { ["secret-key-auth"] = { socket = "127.0.0.1:80" } }, "'127.0.0.1:80' is not an absolute path",
        },
        ["a second line"] = { { ["secret-key-auth"] = { socket = "/run/a\nb" } }, "'/run/a?b' is not an absolute path" },
        ["a path that is too long"] = { { ["secret-key-auth"] = { socket = long } }, "the path has 101 bytes; a socket's may have 100" },
        ["two sockets"] = {
            { ["secret-key-auth"] = { socket = RUNNER }, ["secret-inject"] = { socket = "/run/b.sock" } },
            "plugin_attr.secret-inject.socket in config.yaml: '/run/b.sock' differs from plugin_attr.secret-key-auth.socket;",
        },
    }) do
        -- APISIX would serve the routes without a plugin that fails to load.
        it("cannot be " .. name .. ", so each request gets 503 and the log says why", function()
            with(case[1], RUNNER)
            assert.matches(case[2], last_line(), 1, true)
            assert.matches("its routes answer 503", last_line(), 1, true)
            assert.equal("secret-key-auth", w.plugin.name)
            assert.equal(503, w:status("key-1"))
            assert.equal(503, w:status("key-1", { anonymous_consumer = "jill" }))
            with({ ["secret-key-auth"] = { socket = RUNNER } })
            assert.equal(200, w:status("key-1"))
        end)
    end

    it("cannot be found without APISIX's configuration, so each request gets 503", function()
        local config = require("apisix.core").config
        config.local_conf = function()
            return nil, "failed to read file"
        end
        w:reload()
        assert.matches("APISIX's configuration cannot be read: failed to read file", last_line(), 1, true)
        assert.equal(503, w:status("key-1"))
    end)
end)
