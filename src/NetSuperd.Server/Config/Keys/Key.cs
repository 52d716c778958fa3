using System.Text.Json.Nodes;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Keys;

/// <summary>
/// A key of the map. The lists of keys (<see cref="DaemonKeys"/>, <see cref="LogKeys"/>, <see cref="PortKeys"/>, <see cref="ServiceKeys"/>)
/// are the only place that says which keys there are: reading, <c>check --show</c> and the tests of the documentation use them.
/// </summary>
/// <typeparam name="TRecord">The record that holds the value.</typeparam>
internal abstract class Key<TRecord>(string name, Scope scope, string summary)
{
    /// <summary>The key as written in the map.</summary>
    public string Name => name;

    /// <summary>Where it belongs.</summary>
    public Scope Scope => scope;

    /// <summary>What it means, in one line.</summary>
    public string Summary => summary;

    /// <summary>What the value must be.</summary>
    public abstract string Type { get; }

    /// <summary>The valid values as a JSON schema, with the summary and the default.</summary>
    public abstract JsonObject Schema { get; }

    /// <summary>The default in TOML; null where the absence of the key means something of its own.</summary>
    public abstract string? DefaultText { get; }

    /// <summary>The value in a record, in TOML; null where it has none.</summary>
    public abstract string? Show(TRecord record);

    /// <summary>Reads the value into <paramref name="value"/>; false after a problem, which has been reported.</summary>
    public abstract bool TryRead(Node node, Reading reading, out object? value);
}

/// <summary>A key whose value is of one type.</summary>
internal sealed class Key<TRecord, T>(string name, Scope scope, Kind<T> kind, Func<TRecord, object?> show, string summary)
    : Key<TRecord>(name, scope, summary)
    where T : notnull
{
    /// <summary>The value where the key is absent, unless <see cref="HasDefault"/> is false.</summary>
    public T? Default { get; private init; }

    /// <summary>Whether the key has a default.</summary>
    public bool HasDefault { get; private init; }

    /// <inheritdoc/>
    public override string Type => kind.Text;

    /// <inheritdoc/>
    public override JsonObject Schema
    {
        get
        {
            var schema = kind.Schema;
            schema["description"] = $"{Summary}. Value: {kind.Text}";
            if (DefaultText is { } toml)
            {
                schema["default"] = JsonType.Value(toml);
            }

            return schema;
        }
    }

    /// <inheritdoc/>
    public override string? DefaultText => HasDefault ? kind.Format(Default!) : null;

    /// <summary>The same key with a default.</summary>
    public Key<TRecord, T> WithDefault(T value) => new(Name, Scope, kind, show, Summary) { Default = value, HasDefault = true };

    /// <summary>A value in TOML.</summary>
    public string Format(T value) => kind.Format(value);

    /// <inheritdoc/>
    public override string? Show(TRecord record) => show(record) switch
    {
        T value => kind.Format(value),
        UnresolvedName name => name.Toml,
        _ => null,
    };

    /// <inheritdoc/>
    public override bool TryRead(Node node, Reading reading, out object? value)
    {
        var read = kind.TryRead(node, Name, reading, out var typed);
        value = typed;
        return read;
    }
}
