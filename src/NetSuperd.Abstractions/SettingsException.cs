namespace NetSuperd;

/// <summary>A handler does not accept its settings. The daemon shows it as an error of the map at <see cref="Position"/>.</summary>
/// <remarks>Made by <see cref="Settings.Error"/>, which knows the position.</remarks>
public sealed class SettingsException : Exception
{
    /// <summary>Makes the complaint.</summary>
    /// <param name="message">What is wrong and what to write instead, without a capital and a full stop.</param>
    /// <param name="position">Where the value stands; null means the service as a whole.</param>
    public SettingsException(string message, SettingPosition? position = null)
        : base(message) => Position = position;

    /// <summary>Where the value stands; null means the service as a whole.</summary>
    public SettingPosition? Position { get; }
}
