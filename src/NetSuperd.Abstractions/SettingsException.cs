namespace NetSuperd;

/// <summary>
/// A handler does not accept its settings. The daemon shows the exception as an error of the map, at <see cref="Position"/>.
/// </summary>
/// <remarks><see cref="Settings.Error"/> creates it with the position of the key.</remarks>
public sealed class SettingsException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, and what to write instead, without a capital letter and a full stop.</param>
    /// <param name="position">The position of the value; null means the service as a whole.</param>
    public SettingsException(string message, SettingPosition? position = null)
        : base(message) => Position = position;

    /// <summary>The position of the value; null means the service as a whole.</summary>
    public SettingPosition? Position { get; }

    /// <summary>What is wrong besides.</summary>
    internal IReadOnlyList<SettingsException> Further { get; private init; } = [];

    /// <summary>The same exception with others that were found together with it.</summary>
    internal SettingsException With(IReadOnlyList<SettingsException> further) => new(Message, Position) { Further = further };
}
